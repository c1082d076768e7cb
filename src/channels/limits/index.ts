export {
	LocalLimiter,
	permitBy,
	processLimiter,
	StoreLimiter,
	type Limiter,
	type Pause,
	type Permit,
} from './limiter';
export { costOf, pauseAfter, usualLimits, type RateLimits, type RateRule } from './rules';
