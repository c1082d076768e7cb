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
export { compareSpamModels, type SpamComparison, type SpamFigures } from './spam/compare';
export { trainSpamModel, type SpamExample } from './spam/train';
export { loadLanguageDetector, unknownLanguage, type Language, type LanguageDetector } from './text/language';
export { resolveCategory, type CategoryThresholds } from './classify/resolve';
export {
	decide,
	modelTaskOf,
	type DecideInput,
	type ModelAnswer,
	type ModelPart,
	type ModelTask,
	type ReadyTexts,
} from './decide';
export type {
	Actions,
	Candidate,
	Decision,
	ModelAbsence,
	Reason,
	ReasonCode,
	Reasons,
	Versions,
} from './decision';
export { decideAlone, type DecideAloneInput, type LoneDecision } from './alone';
export { buildFacts, type Earlier, type Surroundings } from './facts/build';
export { parseSurroundings, type KnownSurroundings } from './facts/known';
export { factTypes, type FactName, type Facts, type FactType, type FactValue } from './facts/fields';
export { compileRules, type CompiledRules, type Match, type Run, type Tried } from './rules/compile';
export { chatCompanyRules, helpDeskRules } from './rules/defaults';
export {
	outcomes,
	parseRuleSet,
	type Outcome,
	type Rule,
	type RuleSet,
	type RuleSetInput,
} from './rules/definition';
export { evaluateFilter } from './rules/filter/evaluate';
export { filterValueSchema, type FilterValue } from './rules/filter/filter-value';
export { loadPatterns, type PatternCompiler } from './rules/filter/patterns';
export { lintRules, type Finding, type FindingCode, type Known } from './rules/lint/lint';
export { parseDecision } from './read-decision';
export { replay, type Difference, type Kept } from './replay';
export { instructsModel } from './text/instructions';
export { decideMessage, type DecidedMessage, type DecideMessageInput, type ModelUse } from './decide-message';
export { Masker, type Origin } from './mask/masker';
export type { MaskKind } from './mask/kinds';
export { readAnswer, type Allowed } from './model/answer';
export { askModel, type Asked, type AskLimits, type ModelState } from './model/ask';
export {
	advanceBreaker,
	askBreaker,
	defaultBreakerLimits,
	newBreaker,
	type BreakerEvent,
	type BreakerLimits,
	type BreakerState,
} from './model/breaker';
export type { Invoke } from './model/call';
export { buildPrompt, type ChatMessage, type Prompt, type PromptContent } from './model/prompt';
export * from './carry-out';
export * from './handover';
export * from './store';
