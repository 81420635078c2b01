# PV1-45 does not mean discharged.
> A01 I V1 2026-11-02T11:00 end=2026-11-05T10:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A08 I V1 2026-11-03T11:00 end=2026-11-05T10:00
> risk
risk M1 20261103 MODERATE lace=1(1,0,0,0) to-date er=0 admissions=1 gaps=admission_type by risk.t9
