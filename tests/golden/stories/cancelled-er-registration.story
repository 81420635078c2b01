# A11 of a registration: the ER visit never was.
> A04 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A11 E V1 2026-11-02T08:15 rec=2026-11-02T08:30
care M1 ER_ARRIVED e1 VOIDED.2 2026-11-02T08:15 GENERAL V1 by encounters.10
alert M1 ER_ARRIVED e1 RETRACTION.2 by notify.3
