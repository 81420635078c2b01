# A02: another unit, not another hospital; A12 takes it back.
> A01 I V1 2026-11-02T11:00 unit=4N
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 unit=4N by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A02 I V1 2026-11-03T10:00 unit=ICU from=4N
care M1 TRANSFERRED e1 NEW.1 2026-11-03T10:00 GENERAL V1 unit=ICU was=4N by encounters.15
> A02 I V1 2026-11-03T10:00 rec=2026-11-03T10:05 unit=ICU from=4N
> A02 I V1 2026-11-04T10:00 unit=4N from=ICU
care M1 TRANSFERRED e1 NEW.1 2026-11-04T10:00 GENERAL V1 unit=4N was=ICU by encounters.15
> A12 I V1 2026-11-04T10:00 rec=2026-11-04T11:00 unit=ICU
care M1 TRANSFERRED e1 VOIDED.2 2026-11-04T10:00 GENERAL V1 by encounters.10
> A09 I V1 2026-11-04T12:00 unit=RAD
care M1 nothing: encounters.8 event not handled
