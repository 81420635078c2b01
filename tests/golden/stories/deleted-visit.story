# A23 purges a visit; its class is not the visit's.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> A23 O V1 2026-11-03T11:00
care M1 ADMITTED e1 VOIDED.2 2026-11-02T11:00 GENERAL V1 by encounters.19
alert M1 ADMITTED e1 RETRACTION.2 by notify.1
