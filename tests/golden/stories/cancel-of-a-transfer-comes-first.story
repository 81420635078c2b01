# An A12 that overtook its A02: nobody was moved.
> A01 I V1 2026-11-02T11:00 unit=4N
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 unit=4N by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A12 I V1 2026-11-03T10:00 rec=2026-11-03T11:00 unit=4N
> A02 I V1 2026-11-03T10:00 unit=ICU from=4N
> risk
risk M1 20261103 MODERATE lace=1(1,0,0,0) to-date er=0 admissions=1 gaps=admission_type by risk.t9
