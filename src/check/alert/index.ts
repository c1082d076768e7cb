export { compareLevels, levels, worst, type FoundLevel, type Level } from './level';
export {
	answerNotice,
	answerWaitMs,
	groupNotice,
	nextNotice,
	type Notice,
	type NoticeKind,
	type NoticeOptions,
	type Reached,
} from './notices';
export { observe, type Observation } from './observe';
export { defaultAlertPolicy, type AlertPolicy } from './policy';
export { longestPause, usualSpacing } from './spacing';
export {
	alertRecord,
	newAlertRecord,
	type AlertRecord,
	type PersonsWord,
	type ToldCondition,
} from './record';
