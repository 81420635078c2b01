# A high LACE counts for 30 days after the discharge, and its tier is held 30 days more; the day after the discharge changes nothing.
> A04 E V1 2026-11-02T08:00
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:00 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> A06 I V1 2026-11-02T11:00 dx=I5032.A
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 dx=I5032.A er=e1 by-er by encounters.1
alert M1 ADMITTED e1 ALERT.1 after-er by notify.1
> A03 I V1 2026-11-09T10:00 dispo=01 dx=I5032.F
care M1 DISCHARGED e1 NEW.1 2026-11-09T10:00 GENERAL V1 disposition=01/HOME dx=I5032.F by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> risk
risk M1 20261109 HIGH lace=10(5,3,2,0) er=1 admissions=1 by risk.t1,risk.t9
> risk 2026-11-10
risk M1 20261109 HIGH lace=10(5,3,2,0) er=1 admissions=1 by risk.t1,risk.t9
> risk 2026-12-10
risk M1 20261210 HIGH lace=10(5,3,2,0) er=1 admissions=1 held=20270108 by risk.t9
> risk 2027-01-15
risk M1 20270109 MODERATE lace=10(5,3,2,0) er=1 admissions=1 by risk.t9
