export {
	categories,
	classifyMessage,
	createClassifier,
	defaultVocabulary,
	type Category,
	type Classification,
	type Classifier,
} from './classify/classify';
export type { Signal, Vocabulary, VocabularyEntry } from './classify/vocabulary/entry';
export { DecideError, type DecideErrorCode } from './errors';
export { normaliseText } from './text/normalise';
export { isSpam, parseSpamModel, scoreSpam, spamWords, type SpamModel } from './spam/model';
export { trainSpamModel, type SpamExample } from './spam/train';
export { loadLanguageDetector, unknownLanguage, type Language, type LanguageDetector } from './text/language';
