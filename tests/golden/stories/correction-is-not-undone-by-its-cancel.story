# A corrected admission cancelled does not fall back to the first.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A01 I V1 2026-11-02T10:00 rec=2026-11-02T12:00
care M1 ADMITTED e1 CORRECTED.2 ~time 2026-11-02T10:00 GENERAL V1 by encounters.6
alert M1 ADMITTED e1 CORRECTION.2 ~time by notify.1
> A11 I V1 2026-11-02T10:00 rec=2026-11-02T13:00
care M1 ADMITTED e1 VOIDED.3 2026-11-02T10:00 GENERAL V1 by encounters.10
alert M1 ADMITTED e1 RETRACTION.3 by notify.1
