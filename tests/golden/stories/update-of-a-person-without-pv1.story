# A31 without PV1, and with the class N, says nothing of a stay.
> A01 I V1 2026-11-02T11:00
care M1 ADMITTED e1 NEW.1 2026-11-02T11:00 GENERAL V1 by encounters.1
alert M1 ADMITTED e1 ALERT.1 by notify.1
> hl7 MSH|^~\&|EHR|GENERAL|PLAN|H|20261103110000||ADT^A31|X2|P|2.5.1 \ EVN|A31|20261103110000 \ PID|1||77^^^F^MR
care M1 nothing: encounters.8 event not handled
> A31 N V1 2026-11-03T12:00
care M1 nothing: encounters.8 event not handled
> risk
risk M1 20261103 MODERATE lace=1(1,0,0,0) to-date er=0 admissions=1 gaps=admission_type by risk.t9
