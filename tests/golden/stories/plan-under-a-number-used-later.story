# A14 is a plan as A05 is, and A27 takes it back; what was admitted in between stands.
> A14 I V1 2026-11-01T09:00 exp=2026-11-03T07:00
care M1 PREADMITTED e1 NEW.1 2026-11-01T09:00 GENERAL V1 expected=2026-11-03T07:00 by encounters.17
> A01 I V1 2026-11-03T07:30 type=3
care M1 ADMITTED e1 NEW.1 2026-11-03T07:30 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A27 I V1 2026-11-01T09:00 rec=2026-11-03T08:00
care M1 PREADMITTED e1 VOIDED.2 2026-11-01T09:00 GENERAL V1 by encounters.10
> risk
risk M1 20261103 MODERATE lace=0(0,0,0,0) to-date er=0 admissions=1 by risk.t9
