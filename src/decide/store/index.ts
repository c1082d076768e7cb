export type {
	DecisionTarget,
	Feedback,
	RuleVersion,
	SavedVersion,
	SpamModelVersion,
	StoredDecision,
	StoredRules,
	StoredSpamModel,
} from './answers';
export { decideStored, type DecideStoredOptions, type StoredMessageName } from './decide-stored';
export { getDecision, getDecisions, type DecisionName, type DecisionQuery } from './decisions';
export { explainDecision, type ExplainedDecision } from './explain';
export { giveFeedback, type FeedbackInput, type GivenFeedback } from './feedback';
export { modelStateOf, type ModelBudget } from './model-state';
export {
	replayStored,
	summariseReplay,
	type ReplayOptions,
	type ReplaySummary,
	type ReplayTotals,
	type StoredDifference,
} from './replay-stored';
export type { Activated, Activation } from './activation';
export { activateRules, getRules, getRuleVersions, saveRules, type SaveRulesOptions } from './rules';
export { sendAtOf } from './timing';
export { activateSpamModel, getSpamModel, getSpamModels } from './spam-models';
export { trainFromFeedback, type Trained, type TrainOptions } from './train';
