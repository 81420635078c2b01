# A readmission that is changed to observation takes the readmission's points back, and counts as observation.
> A01 I V1 2026-11-02T11:00 type=3
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-11-05T10:00 type=3 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T10:00 GENERAL V1 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A01 I V2 2026-11-15T11:00 type=3
care M1 ADMITTED e2 NEW.1 2026-11-15T11:00 GENERAL V2 by encounters.1
alert M1 ADMITTED e2 ALERT.1 by notify.1
> risk
risk M1 20261115 HIGH lace=0(0,0,0,0) to-date er=0 admissions=2 readmission=10 by risk.t5,risk.t6,risk.t9
> A07 OBS V2 2026-11-16T09:00
care M1 OBSERVATION_STARTED e2 NEW.1 2026-11-16T09:00 GENERAL V2 by encounters.13
care M1 ADMITTED e2 VOIDED.2 2026-11-15T11:00 GENERAL V2 by encounters.13
alert M1 OBSERVATION_STARTED e2 ALERT.1 by notify.4
alert M1 ADMITTED e2 RETRACTION.2 by notify.1
> A03 OBS V2 2026-11-17T12:00 dispo=01
care M1 OBSERVATION_ENDED e2 NEW.1 2026-11-17T12:00 GENERAL V2 disposition=01/HOME by encounters.4
alert M1 OBSERVATION_ENDED e2 ALERT.1 by notify.4
> risk
risk M1 20261116 MODERATE lace=3(3,0,0,0) er=0 admissions=1 observations=1 by risk.t9
