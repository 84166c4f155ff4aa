"""What an order to a reading machine looks like, in English, Spanish, French, German, Russian and Chinese.

The patterns are for lower-case text in which look-alike letters are resolved (``instructions`` makes it). ``AT_START``
holds where a sentence begins, since "they ignore the evidence" is an honest sentence; ``ANYWHERE`` holds at any place.
"""

from __future__ import annotations

import re

LABEL = (
    r"(?:support(?:s|ed)|(?-i:SUPPORT)|refut(?:e|es|ed)|neither|nei|not[ _]enough[ _]info(?:rmation)?|entail(?:s|ed|ment)?"
    r"|contradict(?:s|ed|ion|ory)?|true|false|verified|(?<=as )correct|accept(?:ed|ance)?|confirmed|proven|label\s*\d"
    r"|conflicting|disproven|debunked|well[- ]supported)"
)
_OTHER_LABEL = (
    r"(?:supports?|refutes?|neither|nei|entailment|true|respaldad[oa]|apoyad[oa]|refutad[oa]|verdader[oa]|fals[oa]"
    r"|confirmad[oa]|soutenue?|appuyée?|étayée?|réfutée?|vraie?|fausse|confirmée?|unterstützt|gestützt|belegt"
    r"|widerlegt|bestätigt|wahr|falsch|подтвержд\w*|опроверг\w*|верн\w+|истин\w+|правд\w+|ложн\w+|неверн\w+)"
)
_ZH_LABEL = r"(?:支持|反驳|驳斥|正确|错误|真|假|属实|成立|不成立|supports?|refutes?|neither|證實|证实)"
_INSTRUCTION = r"(?:instructions?|prompts?|directives?|guidelines|rules|orders|commands?|system messages?|(?<=your )(?:training|programming))"
_TEXT = (
    r"(?:evidence|passages?|context|contents?|text|abstract|document|paper|claim|sentences?|paragraph|article|sources?|findings"
    r"|results|input|title|data|everything|rest|above|previous|preceding)"
)
# What may follow an order to answer: "State aid" and "Mark Twain" are none.
_THEN = (
    r"(?:\s*:|\s+(?:the|this|that|these|it|as|with|by|only|just|always|all|every|everything|each|any|a|an|your|is|to|for|in|yes|no|[\"'“‘`«*(]"
    r"|(?:supports|supported|refutes|refuted|neither|nei|not[ _]enough|entail\w*|contradict(?:s|ed|ion|ory)|verified|(?:true|false)(?!\s+[a-z]))\b"
    r"|(?-i:[A-Z]{4,}))\b|\s+[\"'“‘`«*(])"
)
_MACHINE = (
    r"(?:ai|a\.i\.|artificial intelligence|llms?|(?:large )?language models?|assistants?|chatbots?|gpt(?:-?\d)?|chatgpt|claude"
    r"|gemini|bots?|(?:ai|automated|automatic|llm|machine)[- ](?:reviewers?|judges?|graders?|evaluators?|systems?|models?"
    r"|assistants?|agents?|readers?|tools?|verifiers?|checkers?)|fact[- ]check(?:er|ing (?:system|model|tool))s?|verifier"
    r"|verification (?:system|model)|classifier|grader|judge|evaluator|reviewers?)"
)
_ANY = r"(?:any |all |the |our |every )*(?:ai |automated |automatic |llm[- ]?(?:based )?)?"
_WORDS = r"(?:[^\s.!?]+\s+)"
_FILLER = (
    r"(?:(?:please|now|important|attention|note|notice|remember|instead|only|just|simply|always|also|then|therefore|so|finally|urgent"
    r"|warning|hint|reminder|kindly|ok|okay|and|but|new instructions?|new task|update|override|task|instructions?|nota|importante"
    r"|hinweis|wichtig|bitte|por favor|ahora|s'il vous plaît|veuillez|maintenant|важно|внимание|пожалуйста|теперь)\b[:,!;\s-]*)*"
)
_YOU_MUST = (
    r"(?:you|the (?:judge|model|system|reviewer|assistant|ai|classifier|verifier|grader)|ai (?:judges?|reviewers?|systems?|models?)"
    r"|reviewers?|llms?|language models?)\s*,?\s+(?:must|should|shall|will|ought to|need to|have to"
    r"|are (?:required|instructed|asked|expected|told|ordered|to)(?: to)?|is (?:required|instructed|to))\s+(?:now |always |only |simply |therefore |just )*"
)
_LEAVE_OUT = (
    r"(?:ignore|disregard|forget|overlook|bypass|override|discard|neglect|skip|pay no (?:attention|heed) to|set aside|put aside|dismiss|never mind|cast aside"
    r"|(?:do not|don't|never|stop) (?:use|using|consider|follow|following|read|reading|rely on|trust|believe|weigh|look at|check|obey"
    r"|take into account|mention|evaluate))"
)
_DEMAND = (
    r"(?:answer|output|respond|reply|return|say|write|print|choose|select|pick|predict|mark|classify|label|rate|score|judge|set"
    r"|give|report|declare|state|conclude|assign|treat|flag|emit|produce|consider|assume|decide|accept|call|tag|grade|vote|rule|pretend"
    r"|confirm|reject|issue|record|deem|default to|go with|make (?:it|the (?:label|verdict|answer))|the only)"
)
_VERDICT = r"(?:verdict|label|answer|classification|judge?ment|output|response|decision|rating|prediction|stance|conclusion)"
_FOR_THIS = r"(?:\s+(?:here|for (?:this|the|every|any|all)[^.!?:=]{0,40}|to (?:this|the)[^.!?:=]{0,40}|of (?:this|the)[^.!?:=]{0,30}))?"
_CLAIM = r"(?:(?:this|the|above|following|given|present|each|every|any) )+(?:claim|statement|hypothesis|assertion|sentence|paper|submission)s?"

_START = (
    rf"{_FILLER}(?:{_YOU_MUST})?{_LEAVE_OUT}\s+{_WORDS}{{0,6}}?{_INSTRUCTION}\b",
    (rf"{_FILLER}(?:{_YOU_MUST})?{_LEAVE_OUT}\s+(?:all |any |each |every |both )?(?:of )?(?:the |this |that |these |those |your |my |its |any |all )?"
    rf"{_WORDS}{{0,2}}?{_TEXT}\b"),
    rf"{_FILLER}(?:{_YOU_MUST})?{_DEMAND}\b(?={_THEN})(?:\s+(?!and\b|or\b)[^\s.!?]+){{0,12}}?\s+['\"“‘`*(]*{LABEL}\b",
    (rf"{_FILLER}(?:the |your |its |my )?(?:correct |right |true |final |expected |gold |proper |appropriate |acceptable |required |only |sole |single |official )*"
    rf"{_VERDICT}{_FOR_THIS}\s*(?:[:=]+>?|is|are|should be|must be|will be|has to be)\s*(?:always |simply |therefore |[\"'“‘`*:(])*\s*{LABEL}\b(?!\s+(?:by|in|when|if|that|with|and|or|as|at|on|to)\b)"),
    rf"{_FILLER}{_CLAIM} (?:must|should|shall|has to|is to|are to|needs to) (?:always |therefore )?be (?:\w+ as |\w+ )?{LABEL}\b",
    rf"{_FILLER}{_LEAVE_OUT}\b[^.!?]{{0,80}}?\b{LABEL}\b",
    rf"{_FILLER}(?:set|assign|fix|change) (?:the |this |your )?(?:label|verdict|answer|stance|class|score) (?:to|=|as)\b",
    rf"{_FILLER}(?:never|only|always)\s+{_DEMAND}\b(?={_THEN}| anything| something| nothing)[^.!?]{{0,40}}?\b{LABEL}\b",
    rf"{_FILLER}(?:your|the new|a new|new) (?:\w+ )?(?:instructions?|task|job|role|duty|goal) (?:is|are|has changed)[^.!?]{{0,40}}?\b(?:{_DEMAND}\b(?={_THEN})|{LABEL})",
    rf"{_FILLER}all (?:previous|earlier|prior|other|preceding|above) {_INSTRUCTION} (?:are|is|have been|become)\b",
    r"(?:instructions?|command|order|message|note) (?:to|for) (?:the |any |all )?(?:model|system|reader|machine)s?\s*:",
    rf"{_FILLER}(?:whatever|no matter|regardless of|irrespective of|without (?:reading|checking|looking))\b[^.!?]{{0,60}}?\b(?:{_DEMAND}|{_VERDICT})\b[^.!?]{{0,40}}?\b{LABEL}\b",
    rf"{_FILLER}{_MACHINE}\s*[,:]\s*(?:please\s+|kindly\s+|just\s+)?(?:{_DEMAND}|{_LEAVE_OUT})\b",
    rf"{_FILLER}to (?:any|all|every|each|the|whichever|whatever) (?:\w+ )?{_MACHINE}\b[^.!?:]{{0,50}}[:,]",
    (
        rf"(?:(?:hidden )?note|message|memo|instructions?|notice|request|reminder)\s*(?:to|for|,)?\s+{_ANY}{_MACHINE}"
        r"(?:\s+(?:reading|processing|reviewing|judging)[^.!?:,]{0,30})?\s*[:,;-]"
    ),
    (
        rf"(?:dear|hello|hey|hi)\s+{_ANY}{_MACHINE}\s*[:,]"
        rf"(?=[^.!?]{{0,80}}\b(?:{_DEMAND}\b(?={_THEN})|{_LEAVE_OUT}\b|you must|has to be|must be))"
    ),
    r"attention,?\s+(?:all |any )?(?:ai |automated |llm )?(?:reviewers?|judges?|graders?|verifiers?|assistants?|ai systems?)\s*[:,;-]",
    r"(?:system|admin|root|developer|operator) (?:override|prompt|message|note|instruction|notice|command)\s*:",
    rf"{_FILLER}(?:stop|quit|cease)\s+\w+ing\b[^.!?]{{0,25}}?(?:,|and|then)\s+(?:just |simply )?(?:{_DEMAND}|{_LEAVE_OUT})\b",
    rf"{_FILLER}(?:from now on|henceforth),?\s+(?:you|act|answer|respond|always|only|every)\b",
    rf"{_FILLER}(?:act|behave|pretend|pose) as (?:if you are )?(?:an? |the )?(?:\w+ ){{0,2}}{_MACHINE}\b",
    r"(?:give|write|provide|leave)\s+(?:\w+\s+){0,2}(?:positive|favou?rable|glowing|high)\s+(?:review|score|rating|evaluation)s?\b",
    r"(?:recommend|suggest) (?:acceptance|accepting) (?:of )?(?:this|the) (?:paper|submission|manuscript)",
    r"(?:accept|approve|endorse|confirm|believe|trust) (?:this|the|every|any) (?:claim|statement|paper|submission|assertion)\b",
    r"(?:system|assistant|developer|admin|root)\s*(?:message|prompt|note|override|instruction)?\s*[:>]\s*(?=.*(?:" + LABEL + r"|\byou\b|ignore|disregard))",
    (rf"{_FILLER}(?:ignora|ignorá|ignore|ignorar|olvida|olvide|descartar?|descarte|omite|omita|haz caso omiso de|haga caso omiso de|no (?:tengas|tenga) en cuenta)\b[^.!?]{{0,50}}?"
    r"(?:instruccion|indicacion|evidencia|pruebas|texto|contexto|pasaje|anterior|resumen|documento)"),
    rf"{_FILLER}(?:responde|responda|contesta|conteste|devuelve|devuelva|marca|marque|clasifica|clasifique|etiqueta|etiquete|di|diga|elige|elija)\b[^.!?]{{0,60}}?\b{_OTHER_LABEL}\b",
    rf"{_FILLER}(?:la|el) (?:respuesta|veredicto|etiqueta)(?: correct[oa]| final| adecuad[oa])?[^.!?]{{0,30}}?(?:\bes\b|debe ser|:|=)[\s:«\"']*{_OTHER_LABEL}\b",
    _FILLER + r"(?:ignore[rz]?|oublie[rz]|oublie|négligez|écartez|ne (?:tenez|tiens) (?:pas|aucun) compte|faites abstraction|fais abstraction)\b[^.!?]{0,50}?"
    r"(?:instruction|consigne|preuve|texte|contexte|passage|précéden|ci-dessus|résumé|document)",
    rf"{_FILLER}(?:répond(?:ez|re|s)|marque[rz]|classe[rz]|indique[rz]|dites|dire|dis|renvoyez|choisissez|étiquetez|affichez)\b[^.!?]{{0,60}}?\b{_OTHER_LABEL}\b",
    rf"{_FILLER}(?:la|le) (?:bonne )?(?:réponse|verdict|étiquette)(?: correcte?| finale?)?[^.!?]{{0,30}}?(?:\best\b|doit être|:|=)[\s:«\"']*{_OTHER_LABEL}\b",
    _FILLER + r"(?:ignorier(?:e|t|en(?: sie)?)?|vergiss|vergessen sie|missachte|missachten sie|übergehe|beachte(?:n sie)? nicht)\b[^.!?]{0,50}?"
    r"(?:anweisung|instruktion|vorgabe|beleg|evidenz|kontext|text|abschnitt|obige|vorherig|abstract)",
    rf"{_FILLER}(?:antworte|antworten sie|gib|geben sie|markiere|markieren sie|bewerte|bewerten sie|klassifiziere|klassifizieren sie|wähle|wählen sie|sag|sage|sagen sie|stufe|stufen sie)\b[^.!?]{{0,60}}?\b{_OTHER_LABEL}\b",
    r"(?:bitte )?beachte(?:n sie)?\b[^.!?]{0,40}?\bnicht\b[^.!?]{0,40}?\b(?:antwort|wähl|gib|geben|markier|bewert|stuf)",
    _FILLER + r"не (?:читай(?:те)?|смотри(?:те)?)\b[^.!?]{0,30}?(?:текст|аннотаци|статью|доказательств|данные)",
    _FILLER + r"(?:ignora(?:re|te)?|dimentica(?:re|te)?|non (?:considerare|tenere conto))\b[^.!?]{0,40}?(?:istruzion|prove|testo|contesto|precedent|riassunto)",
    _FILLER + r"(?:rispond(?:i|ere|ete)|indica(?:re|te)?|segna(?:re|te)?|classifica(?:re|te)?)\b[^.!?]{0,40}?\b(?:supportat[oa]|confutat[oa]|ver[oa]|fals[oa]|confermat[oa])\b",
    _FILLER + r"(?:ignore|ignora|esqueça|desconsidere|não considere)\b[^.!?]{0,40}?(?:instruç|evidência|provas|texto|contexto|anterior|resumo)",
    _FILLER + r"(?:responda|marque|classifique|indique)\b[^.!?]{0,40}?\b(?:apoiad[oa]|refutad[oa]|verdadeir[oa]|fals[oa]|confirmad[oa])\b",
    r"(?:指示|証拠|上記|以前|文脈|命令)[^。]{0,15}無視",
    r"(?:지시|증거|이전|문맥|명령)[^.]{0,20}무시",
    r"تجاهل[^.]{0,30}(?:التعليمات|الأدلة|الدليل|السياق|النص|ما سبق)",
    rf"{_FILLER}(?:das|die) (?:richtige|korrekte|finale|endgültige)s? (?:urteil|antwort|label|bewertung|verdikt)[^.!?]{{0,30}}?(?:lautet|ist|:|=)[\s:„\"']*{_OTHER_LABEL}\b",
    _FILLER + r"(?:игнорируй(?:те)?|проигнорируй(?:те)?|забудь(?:те)?|отбрось(?:те)?|не (?:учитывай(?:те)?|обращай(?:те)? внимания))\b[^.!?]{0,50}?"
    r"(?:инструкци|указан|доказательств|контекст|текст|предыдущ|данные|аннотаци)",
    rf"{_FILLER}(?:ответь(?:те)?|отвечай(?:те)?|выведи(?:те)?|верни(?:те)?|пометь(?:те)?|отметь(?:те)?|выбери(?:те)?|скажи(?:те)?|поставь(?:те)?|считай(?:те)?|классифицируй(?:те)?)\b[^.!?]{{0,60}}?\b{_OTHER_LABEL}",
    rf"{_FILLER}(?:правильный|верный|окончательный|правильная|верная|итоговый) (?:ответ|вердикт|метка|вывод)[^.!?]{{0,30}}?[:=—-]*\s*{_OTHER_LABEL}",
)  # fmt: skip

_ANYWHERE = (
    rf"\b(?:ignore|disregard|forget|dismiss|override)\s+{_WORDS}{{0,3}}?(?:previous|prior|above|preceding|earlier|foregoing)\s+{_WORDS}{{0,2}}?{_INSTRUCTION}\b",
    (rf"\b(?:as|if you are|if you're|since you are|because you are|being) (?:an? |the |any )?(?:helpful |impartial |fair |large |automated |automatic )*{_MACHINE}\b"
    rf"[^.!?,]{{0,40}}?(?:,?\s*\byou\b|,\s*(?:please\b|{_DEMAND}\b(?={_THEN})|{_LEAVE_OUT}\b))"),
    (rf"\b(?:ai|automated|llm|machine)[ -](?:reviewers?|judges?|graders?|evaluators?|readers?|models?|systems?|assistants?)\s*(?::|,?\s(?:must|should|please|are (?:asked|instructed|required) to))\s+(?:always |simply |just |only )*(?:{_DEMAND}\b(?={_THEN})|{_LEAVE_OUT})\b"
    rf"[^.!?]{{0,60}}?\b(?:{LABEL}|{_TEXT}|{_INSTRUCTION})\b"),
    r"\byou are (?:now |no longer )?(?:an? |the |in )?(?:\w+[ -]){0,3}(?:ai|assistant|judge|language model|chatbot|fact[- ]checker|reviewer|grader|dan|developer mode|debug mode|verifier|classifier)\b",
    rf"\bif (?:an? |any |the |some )?{_MACHINE} (?:is |are |happens? to )?(?:read|process|see|evaluat|judg|review|pars)",
    rf",\s*(?:so |then |please |just |simply |kindly ){{0,2}}{_DEMAND}\b(?={_THEN})[^.!?,]{{0,50}}?\b{LABEL}\b",
    r"(?:答案|判定|结论|标签|裁决)(?:必须|应该|应当|应)(?:是|为)?",
    rf"\byou (?:must|should|shall|have to|need to|are (?:required|instructed|ordered) to) (?:\w+ ){{0,3}}?{_DEMAND}\b[^.!?]{{0,60}}?\b{LABEL}\b",
    rf"\b(?:label|verdict|classification|prediction|stance)\s*(?:[:=]=?>?)\s*[\"'“‘`]?{LABEL}\b",
    r"\b(?:begin|start|end|end of|new)[ _-]+(?:system|user|hidden|secret|developer)[ _-]*(?:prompt|message|instructions?)\b",
    r"\bdo not (?:highlight|mention|report|list) any (?:negatives?|weaknesses|flaws|limitations|problems)\b",
    rf"\b(?:must|should|shall|has to|have to|needs? to|(?:mandatory|required|essential|necessary|imperative|obligatory) to) (?:always |simply |just |only |now |therefore )*{_DEMAND}\b[^.!?]{{0,40}}?\b(?-i:SUPPORTS|REFUTES|NEITHER|SUPPORTED|REFUTED)\b(?![,/ ]+(?:or |and |/ ?)?(?-i:[A-Z]{{4}}))",
    r"\breveal (?:your|the) (?:system )?prompt\b",
    r"(?:^\W*(?:现在|先)?|请|務必|务必|必须|应该|应当)(?:忽略|无视|忽视|無視|不要理会|不要考虑|不必考虑|忘记|忘掉|抛开)(?!了)[^。！？]{0,15}?(?:指令|指示|证据|證據|上文|以上|上述|之前|前面|提示|内容|摘要|文本)[^。！？]{0,40}",
    rf"(?:请|必须|务必|应该|应当|直接|只能|只|一律|并)(?:回答|输出|回复|返回|判定为|判为|标记为|标为|选择|判断为)[^。！？]{{0,12}}?{_ZH_LABEL}",
    rf"^\W*(?:回答|输出|回复|返回|判定为|判为|标记为|标为|选择)[^。！？]{{0,8}}?{_ZH_LABEL}",
    rf"(?:正确|最终|标准|唯一)的?(?:答案|判定|结论|标签|裁决|判断)(?:是|为|应为|应该是)?[:：是为]\s*[“\"「]?{_ZH_LABEL}",
    r"作为(?:一个|一名)?(?:ai|人工智能|语言模型|大模型|评审|裁判|法官)[^。！？]{0,12}?(?:你|必须|应该|请)",
)  # fmt: skip

AT_START = re.compile("|".join(f"(?:{pattern})" for pattern in _START), re.IGNORECASE)
ANYWHERE = re.compile("|".join(f"(?:{pattern})" for pattern in _ANYWHERE), re.IGNORECASE)

# A label of the judge's own, in its capitals; in a short sentence that names no other label it is an answer put in its
# mouth. NEITHER may be a stressed word, so it must end something.
OWN_LABEL = re.compile(
    r"(?<![\w-])(?:SUPPORTS|SUPPORTED|REFUTES|REFUTED|NEITHER(?=\s*[\"'”’)\]*]*(?:[.,;:!]|$|\s(?:for|regardless|here|and|whatever|no))))(?![\w-])"
    r"(?!\s+(?:judg|claim|label|class|case|instance|example|verdict|prediction|pair|categor|sample|and |or |vs))"
)
ANY_LABEL = re.compile(r"(?i:refut|contradict|not[ _]?enough|\bnei\b|neutral|neither|entail|support)")

# One of these stands in every order; where none does, nothing else is looked for.
TRIGGER = re.compile(
    r"ignor|SUPPORT|REFUTE|NEITHER|無視|무시|تجاهل|dimentic|non cons|rispond|segna|esqueç|descons|beacht|disregard|forget|overlook|bypass|overrid|discard|neglect|skip|attention|heed|aside|do not|don't|never|stop"
    r"|answer|output|respon|reply|return|verdict|label|classif|judg|decision|predict|conclu|mark|select|choose|pick|prompt"
    r"|system|assistant|instruct|review|you |as an? |<|\[/?inst|\{\{|/\*|\[//|accept|claim|statement|must|should"
    r"|olvid|descart|omit|haz caso|haga caso|no teng|respond|contest|devuel|marc|clasif|etiquet|veredict|oubli|néglig|écart|tiens|tenez"
    r"|abstraction|répon|class|indiqu|dites|renvoy|chois|étiquet|affich|verdict|vergiss|vergess|missacht|übergeh|beacht|antwort|gib|geben"
    r"|bewert|klassif|wähl|sag|stuf|urteil|label|игнор|забудь|отброс|не учит|не обращ|ответ|отвеч|вывед|верни|помет|отмет|выбер|скажи"
    r"|постав|считай|классиф|вердикт|метка|вывод|忽|无视|無視|不要|不必|忘|抛开|回答|输出|回复|返回|判|标|选择|答案|结论|裁决|作为"
    r"|say|write|print|rate|score|set|give|report|declare|state|assign|treat|flag|emit|consider|assume|decide|call|tag|grade|vote|rule"
    r"|pretend|confirm|reject|issue|record|deem|default|go with|make|the only|recommend|suggest|leave|provide|approve|endorse|believe|trust",
    re.IGNORECASE,
)
