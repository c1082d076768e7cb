import { normaliseText } from './normalise';

const mostCharacters = 100_000;

/**
 * Signs that a text speaks to a model: it asks to drop its rules, plays another role, imitates the frame of a prompt or
 * the answer itself. In Russian, English, German, Spanish and French. It is a net with a wide mesh: what slips through
 * still meets the rules, the outcomes that are allowed and the thresholds. Repetitions have an end: a stranger chooses the text,
 * and what is tried anew from each of its letters must not read on to its end.
 */
const signs: readonly RegExp[] = [
	/\b(?:ignor\w{0,15}|disregard|forget|overrid\w{1,15}|bypass|skip)\b.{0,40}\b(?:instruction|rule|prompt|previous|prior|above|polic|guideline|everything|restriction|safety)/,
	/(?:игнор\p{L}{0,15}|забудь\p{L}{0,15}|отмени\p{L}{0,15}|обойди\p{L}{0,15}|отбрось\p{L}{0,15}|нарушь\p{L}{0,15}|не обращай\p{L}{0,15} внимани\p{L}{0,15}).{0,40}(?:инструкц|правил|указани|промпт|ограничени|предыдущ|выше|все, что)/u,
	/(?:ignorier\p{L}{0,15}|vergiss|missachte\p{L}{0,15}).{0,40}(?:anweisung|regel|vorherig|vorgabe|alles)/u,
	/(?:ignora\p{L}{0,15}|olvida\p{L}{0,15}|omite).{0,40}(?:instruccion|regla|anterior|indicacion|todo)/u,
	/(?:ignore[rz]?|oublie[rz]?).{0,40}(?:instruction|regle|consigne|precedent)/u,
	/\b(?:you are now|from now on you|act as|pretend (?:to be|you)|developer mode|jailbreak|dan mode|system prompt|new instructions?)\b/,
	/(?:ты теперь|отныне ты|с этого момента ты|представь, что ты|притворись|веди себя как|режим разработчика|системн\p{L}{1,15} (?:промпт|сообщени|инструкц)|нов\p{L}{1,15} инструкц)/u,
	/(?:du bist (?:jetzt|nun)|tu es maintenant|ahora eres|neue anweisung|nueva\p{L}{0,15} instruccion)/u,
	/(?:^|[\s>"'([{*#-])(?:system|assistant|developer|система|ассистент|разработчик)\s*(?:message|prompt|override|note)?\s*:/u,
	/<\|\p{L}|\[\/?inst\]|<\/?(?:system|assistant|instructions?|untrusted|message|prompt)\b|##\s?(?:instruction|system|инструкц)|begin system|end of (?:user )?(?:message|input|data)/u,
	/["'](?:outcome|confidence)["']\s*:/,
	/\b(?:set|change|make|output|return|choose|answer with|reply with|respond with)\b.{0,30}\b(?:outcome|confidence|json|approved?)\b/,
	/(?:выбери|верни|выведи|поставь|установи|ответь|ответить).{0,30}(?:outcome|confidence|json|исход|уверенност|одобрен|approve)/u,
	/\b(?:reveal|print|repeat|show|leak|output|display)\b.{0,40}\b(?:prompt|instruction|rules|system|placeholder|masked|hidden|secret)/,
	/(?:повтори|выведи|покажи|раскрой|напечатай|перечисли).{0,40}(?:промпт|инструкц|правила|системн|скрыт|секрет|маск)/u,
	/(?:as an ai|language model|\bllm\b|\bgpt\b|языков\p{L}{1,15} модел|нейросет|как ии\b)/u,
];

/** Whether a text speaks to a model rather than to people. */
export function instructsModel(text: string): boolean {
	const plain = normaliseText(text.slice(0, mostCharacters))
		.normalize('NFD')
		.replace(/(?<=[a-z])[\u0300-\u036F]/g, '')
		.normalize('NFC');
	return signs.some((sign) => sign.test(plain));
}
