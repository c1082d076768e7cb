export { eventTypes, type DockerEvent, type EventType } from './event';
export { type EventFilter } from './filter';
export { EventFollower, type FollowOptions } from './follow';
export { HandOver, type HandOverRecord, type ToldEvent } from './hand-over';
export { listEvents, type PastEvents } from './list';
export { parsePosition, type EventPosition } from './position';
export { type HistoryGap } from './read';
export { StopHistory, type Ending } from './stop-history';
