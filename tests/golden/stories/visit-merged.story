# A42 after both numbers were told: the second is withdrawn.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A01 I V9 2026-11-02T11:05
care M1 ADMITTED e2 NEW.1 2026-11-02T11:05 GENERAL V9 by encounters.1
alert M1 ADMITTED e2 ALERT.1 by notify.1
> A42 I V9 2026-11-03T11:00 prior=V1
care M1 ADMITTED e1 CORRECTED.2 ~time 2026-11-02T11:05 GENERAL V9 by encounters.6
care M1 ADMITTED e2 VOIDED.2 2026-11-02T11:05 GENERAL V9 by encounters.22
alert M1 ADMITTED e1 CORRECTION.2 ~time by notify.1
alert M1 ADMITTED e2 RETRACTION.2 by notify.1
