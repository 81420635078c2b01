# Observation becomes a stay: it ended by becoming one.
> A04 OBS V1 2026-11-02T20:00
care M1 OBSERVATION_STARTED e1 NEW.1 2026-11-02T20:00 GENERAL V1 by encounters.3
alert M1 OBSERVATION_STARTED e1 ALERT.1 by notify.4
> A06 I V1 2026-11-03T09:00
care M1 OBSERVATION_ENDED e1 NEW.1 2026-11-03T09:00 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-03T09:00 GENERAL V1 obs=e1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A03 I V1 2026-11-05T09:00 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-05T09:00 GENERAL V1 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
