# A cancelled readmission never was: tier and counts fall back at once, for nothing is held of what did not happen.
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
> A11 I V2 2026-11-15T11:00 rec=2026-11-15T15:00
care M1 ADMITTED e2 VOIDED.2 2026-11-15T11:00 GENERAL V2 by encounters.10
alert M1 ADMITTED e2 RETRACTION.2 by notify.1
> risk
risk M1 20261105 MODERATE lace=3(3,0,0,0) er=0 admissions=1 by risk.t9
