export { eventTypes, type DockerEvent, type EventType } from './event';
export { type EventFilter } from './filter';
export { listEvents, type PastEvents } from './list';
export { type HistoryGap } from './read';
export { StopHistory, type Ending } from './stop-history';
