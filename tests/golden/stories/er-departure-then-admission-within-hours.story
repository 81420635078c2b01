# ER ended by A03 before the admission came: both are one way through the house.
> A04 E E1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL E1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A03 E E1 2026-11-02T12:00 dispo=09
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T12:00 GENERAL E1 disposition=09/NOT_DISCHARGED by encounters.4
> A01 I V2 2026-11-02T12:30 src=7
care M1 ER_DEPARTED e1 CORRECTED.2 ~class,links 2026-11-02T12:00 GENERAL E1 disposition=09/NOT_DISCHARGED became=e2 as=INPATIENT by encounters.6
care M1 ADMITTED e2 NEW.1 2026-11-02T12:30 GENERAL V2 er=e1 by-er by encounters.1
alert M1 ADMITTED e2 ALERT.1 after-er by notify.1
