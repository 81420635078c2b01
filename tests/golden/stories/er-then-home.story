# An ER visit that ends at home: one arrival, one departure, nobody admitted.
> A04 E V1 2026-11-02T08:15 unit=ED dx=R079.W
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 unit=ED dx=R079.W by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A03 E V1 2026-11-02T14:00 unit=ED dispo=01 dx=R079.F
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T14:00 GENERAL V1 disposition=01/HOME unit=ED dx=R079.F by encounters.4
