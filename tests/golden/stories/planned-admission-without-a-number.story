# A05 comes without PV1-19: a plan that stands alone, and the admission under a number is told once.
> A05 P - 2026-11-01T09:00 exp=2026-11-10T07:00
care M1 PREADMITTED e1 NEW.1 2026-11-01T09:00 GENERAL  expected=2026-11-10T07:00 by encounters.17
> A01 I V2 2026-11-10T07:30 type=3
care M1 ADMITTED e2 NEW.1 2026-11-10T07:30 GENERAL V2 by encounters.1
alert M1 ADMITTED e2 ALERT.1 by notify.1
> risk
risk M1 20261110 MODERATE lace=0(0,0,0,0) to-date er=0 admissions=1 by risk.t9
