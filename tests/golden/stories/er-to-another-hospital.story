# From one hospital's ER to another hospital's bed.
> A04 E E1 2026-08-01T11:00 fac=GENERAL
care M1 ER_ARRIVED e1 NEW.1 2026-08-01T11:00 GENERAL E1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A03 E E1 2026-08-01T15:00 fac=GENERAL dispo=02
care M1 ER_DEPARTED e1 NEW.1 2026-08-01T15:00 GENERAL E1 disposition=02/ACUTE by encounters.4
> A01 I C9 2026-08-01T17:00 fac=COUNTY feed=county
care M1 ADMITTED e2 NEW.1 2026-08-01T17:00 COUNTY C9 er=e1 by-er by encounters.1
care M1 ER_DEPARTED e1 CORRECTED.2 ~class,links 2026-08-01T15:00 GENERAL E1 disposition=02/ACUTE became=e2 as=INPATIENT by encounters.6
alert M1 ADMITTED e2 ALERT.1 after-er by notify.1
