/** All tables, for drizzle's client. */
export * from './deliveries.ts'
export * from './events.ts'
export * from './inputs.ts'
export * from './journeys.ts'
export * from './leads.ts'
export * from './library.ts'
export * from './people.ts'
export * from './tasks.ts'
