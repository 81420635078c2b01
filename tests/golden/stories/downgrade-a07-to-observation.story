# An admission downgraded to observation: the admission alert must be withdrawn.
> A04 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A01 I V1 2026-11-02T11:00
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 er=e1 by-er by encounters.1
alert M1 ADMITTED e1 ALERT.1 after-er by notify.1
> A07 OBS V1 2026-11-03T09:00
care M1 ER_DEPARTED e1 CORRECTED.2 ~time,class 2026-11-03T09:00 GENERAL V1 became=e1 as=OBSERVATION by encounters.6
care M1 OBSERVATION_STARTED e1 NEW.1 2026-11-03T09:00 GENERAL V1 by encounters.13
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 by encounters.13
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
alert M1 OBSERVATION_STARTED e1 ALERT.1 by notify.4
> A03 OBS V1 2026-11-04T12:00 dispo=01
care M1 OBSERVATION_ENDED e1 NEW.1 2026-11-04T12:00 GENERAL V1 disposition=01/HOME by encounters.4
alert M1 OBSERVATION_ENDED e1 ALERT.1 by notify.4
