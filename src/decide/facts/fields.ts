/** Types of facts, by the names of n8n's filter. */
export type FactType = 'string' | 'number' | 'boolean' | 'dateTime' | 'array';

/** Every fact that conditions can ask for, with its type. Names hold a point, so none is a property of objects. */
export const factTypes = {
	/** Normalised, as `normaliseText` does. */
	'message.text': 'string',
	/** As it was written, whole. */
	'message.original': 'string',
	/** In characters. */
	'message.length': 'number',
	/** `text`, `image`, `voice`, `sticker` … */
	'message.type': 'string',
	'message.language': 'string',
	'message.isEmpty': 'boolean',
	'message.isQuestion': 'boolean',
	'message.hasLink': 'boolean',
	'message.isForwarded': 'boolean',
	'message.isReply': 'boolean',
	'message.attachments': 'number',
	/** Whether some text in it speaks to a model rather than to people. */
	'message.instructsModel': 'boolean',
	'message.sentAt': 'dateTime',
	'message.platform': 'string',
	'message.sentiment': 'string',
	'message.sentimentScore': 'number',
	'message.intent': 'string',
	'message.topics': 'array',
	/** 0 … 10 */
	'message.priority': 'number',
	/** `REQUEST`, `SPAM`, `GRATITUDE` or `CLARIFICATION`. */
	'message.category': 'string',
	'message.categoryConfidence': 'number',
	/** Advertising, as the keywords tell it: what else is `SPAM` only assents or greets. */
	'message.isAdvertising': 'boolean',
	'spam.score': 'number',
	'spam.isSpam': 'boolean',
	/** `contact`, `bot` or `system`. */
	'sender.kind': 'string',
	'sender.isVip': 'boolean',
	'sender.isBlocked': 'boolean',
	/** A customer: on the allow-list of the spam rules. */
	'sender.isKnown': 'boolean',
	/** Has never written before. */
	'sender.isFirstContact': 'boolean',
	'sender.tags': 'array',
	'sender.messageCount': 'number',
	'conversation.kind': 'string',
	'conversation.status': 'string',
	'conversation.tier': 'string',
	'conversation.team': 'string',
	/** A person has taken it over. */
	'conversation.isHandledByPerson': 'boolean',
	/** Operators work in it. */
	'conversation.isDesk': 'boolean',
	/** Automatic answers since a person or the client's own words came between. */
	'conversation.automaticReplies': 'number',
	'time.isWorkingHours': 'boolean',
	/** 0 … 23 in the desk's zone. */
	'time.hour': 'number',
	/** `mon` … `sun` */
	'time.weekday': 'string',
	'time.isHoliday': 'boolean',
	'consent.aiAnalysis': 'boolean',
} as const satisfies Record<string, FactType>;

export type FactName = keyof typeof factTypes;
export type FactValue = string | number | boolean | null | readonly string[];

/** What is known when a decision is made; what is not known is left out. Names beyond the list are a rule set's own. */
export type Facts = Readonly<Partial<Record<FactName, FactValue>>> &
	Readonly<Record<string, FactValue | undefined>>;

/** Facts of a rule set's own, e.g. `crm.plan`. */
export const ownFactName = /^[a-z][A-Za-z0-9]{0,39}(\.[a-z][A-Za-z0-9]{0,39}){1,4}$/;
