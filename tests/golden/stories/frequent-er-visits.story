# Four ER visits in a year are a frequent user; the cancel of one takes that back, and with the year the visits go.
> A04 E E1 2026-08-01T08:00
care M1 ER_ARRIVED e1 NEW.1 2026-08-01T08:00 GENERAL E1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A03 E E1 2026-08-01T12:00 dispo=01
care M1 ER_DEPARTED e1 NEW.1 2026-08-01T12:00 GENERAL E1 disposition=01/HOME by encounters.4
> A04 E E2 2026-09-01T08:00
care M1 ER_ARRIVED e2 NEW.1 2026-09-01T08:00 GENERAL E2 by encounters.2
alert M1 ER_ARRIVED e2 ALERT.1 by notify.3
> A03 E E2 2026-09-01T12:00 dispo=01
care M1 ER_DEPARTED e2 NEW.1 2026-09-01T12:00 GENERAL E2 disposition=01/HOME by encounters.4
> A04 E E3 2026-10-01T08:00
care M1 ER_ARRIVED e3 NEW.1 2026-10-01T08:00 GENERAL E3 by encounters.2
alert M1 ER_ARRIVED e3 ALERT.1 by notify.3
> A03 E E3 2026-10-01T12:00 dispo=01
care M1 ER_DEPARTED e3 NEW.1 2026-10-01T12:00 GENERAL E3 disposition=01/HOME by encounters.4
> A04 E E4 2026-11-02T08:00
care M1 ER_ARRIVED e4 NEW.1 2026-11-02T08:00 GENERAL E4 by encounters.2
alert M1 ER_ARRIVED e4 ALERT.1 by notify.3
> risk
risk M1 20261102 HIGH lace=- er=4 released=4 admissions=0 by risk.t7
> A11 E E4 2026-11-02T08:00 rec=2026-11-02T09:00
care M1 ER_ARRIVED e4 VOIDED.2 2026-11-02T08:00 GENERAL E4 by encounters.10
alert M1 ER_ARRIVED e4 RETRACTION.2 by notify.3
> risk
risk M1 20261101 LOW lace=- er=3 released=3 admissions=0
> risk 2027-08-02
risk M1 20270802 LOW lace=- er=2 released=2 admissions=0
