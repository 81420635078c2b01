# A04 is sent for home health and clinics too: the class decides, and none of these is an ER visit.
> A04 R H1 2026-11-02T09:00
care M1 nothing: encounters.8 class without a stay
> A04 O C1 2026-11-02T10:00
care M1 nothing: encounters.8 class without a stay
> A04 E E1 2026-11-02T11:00
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T11:00 GENERAL E1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A03 E E1 2026-11-02T15:00 dispo=07
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T15:00 GENERAL E1 disposition=07/AMA by encounters.4
> risk
risk M1 20261102 LOW lace=- er=1 released=1 admissions=0
