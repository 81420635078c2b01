# A06 names the account before in MRG-3: the visit goes on, nobody is merged.
> A04 E V1 2026-11-02T08:15 acct=A1
care M1 ER_ARRIVED e1 NEW.1 2026-11-02T08:15 GENERAL V1 by encounters.2
alert M1 ER_ARRIVED e1 ALERT.1 by notify.3
> hl7 MSH|^~\&|EHR|GENERAL|PLAN|H|20261102113000||ADT^A06|X2|P|2.5.1 \ EVN|A06|20261102113000||||20261102113000 \ PID|1||77^^^F^MR|||||||||||||||A2 \ MRG|77^^^F^MR||A1 \ PV1|1|I|4N|||ED|||||||||||||V1
care M1 ER_DEPARTED e1 NEW.1 2026-11-02T11:30 GENERAL V1 became=e1 as=INPATIENT by encounters.11
care M1 ADMITTED e1 NEW.1 2026-11-02T11:30 GENERAL V1 unit=4N er=e1 by-er by encounters.1
alert M1 ADMITTED e1 ALERT.1 after-er by notify.1
> A03 I V1 2026-11-04T10:00 acct=A2 dispo=01
care M1 DISCHARGED e1 NEW.1 2026-11-04T10:00 GENERAL V1 disposition=01/HOME by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> risk
risk M1 20261104 MODERATE lace=5(2,3,0,0) er=1 admissions=1 by risk.t2,risk.t9
