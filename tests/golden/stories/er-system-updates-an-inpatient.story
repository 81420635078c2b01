# The ER's own system still says E by A08 after the admission: nothing is withdrawn.
> A04 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A06 I V1 2026-11-02T11:00
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 er=e1 by-er by encounters.1
alert M1 ADMITTED e1 ALERT.1 after-er by notify.1
> A08 E V1 2026-11-02T11:20
