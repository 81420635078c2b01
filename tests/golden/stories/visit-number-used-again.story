# A number used again two weeks later is another stay.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-11-05T10:00 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T10:00 GENERAL V1 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> A01 I V1 2026-11-20T11:00
care M1 ADMITTED e2 NEW.1 2026-11-20T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e2 ALERT.1 by notify.1
> A03 I V1 2026-11-22T11:00 dispo=01
care M1 DISCHARGED e2 NEW.1 2026-11-22T11:00 GENERAL V1 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e2 ALERT.1 by notify.2
> A13 I V1 2026-11-22T11:00 rec=2026-11-22T12:00
care M1 DISCHARGED e2 VOIDED.2 2026-11-22T11:00 GENERAL V1 by encounters.10
alert M1 DISCHARGED e2 RETRACTION.2 by notify.2
> risk
risk M1 20261122 HIGH lace=2(2,0,0,0) to-date er=0 admissions=2 readmission=15 gaps=admission_type by risk.t5,risk.t6,risk.t9
