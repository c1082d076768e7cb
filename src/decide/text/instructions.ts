import { normaliseText } from './normalise';

const mostCharacters = 100_000;

/**
 * Signs that a text speaks to a model: it asks to drop its rules, plays another role, imitates the frame of a prompt or
 * the answer itself. In Russian, English, German, Spanish and French. It is a net with a wide mesh: what slips through
 * still meets the rules, the outcomes that are allowed and the thresholds.
 */
const signs: readonly RegExp[] = [
	/\b(?:ignor\w*|disregard|forget|overrid\w+|bypass|skip)\b.{0,40}\b(?:instruction|rule|prompt|previous|prior|above|polic|guideline|everything|restriction|safety)/,
	/(?:игнор\p{L}*|забудь\p{L}*|отмени\p{L}*|обойди\p{L}*|отбрось\p{L}*|нарушь\p{L}*|не обращай\p{L}* внимани\p{L}*).{0,40}(?:инструкц|правил|указани|промпт|ограничени|предыдущ|выше|все, что)/u,
	/(?:ignorier\p{L}*|vergiss|missachte\p{L}*).{0,40}(?:anweisung|regel|vorherig|vorgabe|alles)/u,
	/(?:ignora\p{L}*|olvida\p{L}*|omite).{0,40}(?:instruccion|regla|anterior|indicacion|todo)/u,
	/(?:ignore[rz]?|oublie[rz]?).{0,40}(?:instruction|regle|consigne|precedent)/u,
	/\b(?:you are now|from now on you|act as|pretend (?:to be|you)|developer mode|jailbreak|dan mode|system prompt|new instructions?)\b/,
	/(?:ты теперь|отныне ты|с этого момента ты|представь, что ты|притворись|веди себя как|режим разработчика|системн\p{L}+ (?:промпт|сообщени|инструкц)|нов\p{L}+ инструкц)/u,
	/(?:du bist (?:jetzt|nun)|tu es maintenant|ahora eres|neue anweisung|nueva\p{L}* instruccion)/u,
	/(?:^|[\s>"'([{*#-])(?:system|assistant|developer|система|ассистент|разработчик)\s*(?:message|prompt|override|note)?\s*:/u,
	/<\|\p{L}+|\[\/?inst\]|<\/?(?:system|assistant|instructions?|untrusted|message|prompt)\b|#{2,}\s*(?:instruction|system|инструкц)|begin system|end of (?:user )?(?:message|input|data)/u,
	/["'](?:outcome|confidence)["']\s*:/,
	/\b(?:set|change|make|output|return|choose|answer with|reply with|respond with)\b.{0,30}\b(?:outcome|confidence|json|approved?)\b/,
	/(?:выбери|верни|выведи|поставь|установи|ответь|ответить).{0,30}(?:outcome|confidence|json|исход|уверенност|одобрен|approve)/u,
	/\b(?:reveal|print|repeat|show|leak|output|display)\b.{0,40}\b(?:prompt|instruction|rules|system|placeholder|masked|hidden|secret)/,
	/(?:повтори|выведи|покажи|раскрой|напечатай|перечисли).{0,40}(?:промпт|инструкц|правила|системн|скрыт|секрет|маск)/u,
	/(?:as an ai|language model|\bllm\b|\bgpt\b|языков\p{L}+ модел|нейросет|как ии\b)/u,
];

/** Whether a text speaks to a model rather than to people. */
export function instructsModel(text: string): boolean {
	const plain = normaliseText(text.slice(0, mostCharacters))
		.normalize('NFD')
		.replace(/(?<=[a-z])[\u0300-\u036F]/g, '')
		.normalize('NFC');
	return signs.some((sign) => sign.test(plain));
}
