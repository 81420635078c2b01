# Two messages without control id are two; milliseconds without a dot are a time.
> hl7 MSH|^~\&|EHR|GENERAL|PLAN|H|20261102110000123||ADT^A01||P|2.5.1 \ EVN|A01|20261102110000123 \ PID|1||77^^^F^MR \ PV1|1|I|4N||||||||||||||||V1
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 unit=4N by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> hl7 MSH|^~\&|EHR|GENERAL|PLAN|H|20261105100000456||ADT^A03||P|2.5.1 \ EVN|A03|20261105100000456 \ PID|1||77^^^F^MR \ PV1|1|I|4N||||||||||||||||V1|||||||||||||||||01
care M1 DISCHARGED e1 NEW.1 2026-11-05T10:00 GENERAL V1 disposition=01/HOME unit=4N by encounters.4
alert M1 DISCHARGED e1 ALERT.1 by notify.2
> risk
risk M1 20261105 MODERATE lace=3(3,0,0,0) er=0 admissions=1 gaps=admission_type by risk.t9
