# From the ER to observation under another number and home: one ER visit, one observation, no admission; arrival and going home are told.
> A04 E E1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL E1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A03 E E1 2026-11-02T12:00 dispo=09
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T12:00 GENERAL E1 disposition=09/NOT_DISCHARGED by encounters.4
> A04 OBS V2 2026-11-02T12:30
care M1 ER_DEPARTED e1 CORRECTED.2 ~class,links 2026-11-02T12:00 GENERAL E1 disposition=09/NOT_DISCHARGED became=e2 as=OBSERVATION by encounters.6
care M1 OBSERVATION_STARTED e2 NEW.1 2026-11-02T12:30 GENERAL V2 by encounters.3
> A03 OBS V2 2026-11-03T12:00 dispo=01
care M1 OBSERVATION_ENDED e2 NEW.1 2026-11-03T12:00 GENERAL V2 disposition=01/HOME by encounters.4
alert M1 OBSERVATION_ENDED e2 ALERT.1 by notify.4
> risk
risk M1 20261102 LOW lace=- er=1 admissions=0 observations=1
