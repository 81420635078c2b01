# A05 is a plan: no admission. A38 takes it back.
> A05 P V1 2026-11-01T09:00 exp=2026-11-10T07:00
care M1 PREADMITTED e1 NEW.1 2026-11-01T09:00 GENERAL V1 expected=2026-11-10T07:00 by encounters.17
> A38 P V1 2026-11-01T09:00 rec=2026-11-03T09:00
care M1 PREADMITTED e1 VOIDED.2 2026-11-01T09:00 GENERAL V1 by encounters.10
> A05 P V2 2026-11-04T09:00 exp=2026-11-12T07:00
care M1 PREADMITTED e2 NEW.1 2026-11-04T09:00 GENERAL V2 expected=2026-11-12T07:00 by encounters.17
> A01 I V2 2026-11-12T07:30
care M1 ADMITTED e2 NEW.1 2026-11-12T07:30 GENERAL V2 by encounters.1
alert M1 ADMITTED e2 ALERT.1 by notify.1
> risk
risk M1 20261112 MODERATE lace=0(0,0,0,0) to-date er=0 admissions=1 gaps=admission_type by risk.t9
