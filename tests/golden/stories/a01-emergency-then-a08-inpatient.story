# Registered by A01 as emergency, the admission comes as an A08 with another class; the A01 that follows corrects its time.
> A01 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A08 I V1 2026-11-02T11:00 unit=4N
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 unit=4N er=e1 by-er by encounters.14
alert M1 ADMITTED e1 ALERT.1 after-er by notify.1
> A08 I V1 2026-11-03T09:00 unit=4N
> A01 I V1 2026-11-02T10:45 rec=2026-11-03T10:00 unit=4N
care M1 ER_DEPARTED e1 CORRECTED.2 ~time 2026-11-02T10:45 GENERAL V1 became=e1 as=INPATIENT by encounters.6
care M1 ADMITTED e1 CORRECTED.2 ~time 2026-11-02T10:45 GENERAL V1 unit=4N er=e1 by-er by encounters.6
alert M1 ADMITTED e1 CORRECTION.2 ~time after-er by notify.1
