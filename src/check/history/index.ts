export { availabilityOf, emptyBucket, merge, type Availability, type Bucket } from './bucket';
export type { Sample } from './credit';
export { History, total, type Period, type Unit } from './history';
export { Outages, type Outage } from './outages';
