# The cancel of an admission that was never seen must not take the ER visit.
> A04 E V1 2026-11-02T08:15
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A11 I V1 2026-11-02T09:00 rec=2026-11-02T09:30
