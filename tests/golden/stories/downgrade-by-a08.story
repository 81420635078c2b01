# Some senders downgrade by an A08 of class observation.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A08 OBS V1 2026-11-03T09:00
care M1 OBSERVATION_STARTED e1 NEW.1 2026-11-03T09:00 GENERAL V1 by encounters.14
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 by encounters.14
alert M1 OBSERVATION_STARTED e1 ALERT.1 by notify.4
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
> A08 OBS V1 2026-11-03T10:00
> risk
risk M1 20261103 LOW lace=- er=0 admissions=0 observations=1
