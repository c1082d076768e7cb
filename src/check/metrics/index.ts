export { checkMetrics } from './check-metrics';
export { exposition } from './exposition';
