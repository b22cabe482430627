/** The web application: everything but listening. Order matters and is told here. */
import express, { type Express } from 'express'
import { systemDns } from '#activities/company/dns-records.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { createLibraryCache, libraryRevision } from '#db/repositories/library.ts'
import { readIngestSettings } from '#activities/ingest/settings.ts'
import { createAccess } from './access/access.ts'
import { createIdempotency } from './access/idempotency.ts'
import { createRateLimits, defaultRateLimits } from './access/rate-limits.ts'
import { buildOpenApi } from './contract/openapi.ts'
import { routes } from './contract/routes.ts'
import { journeyLiveRoute } from './contract/journey-statistics.ts'
import type { Route } from './contract/route.ts'
import { journeyStreamRoute } from './contract/journey-stream.ts'
import { streamPath } from './contract/status.ts'
import { responsesCsvPath } from './contract/surveys.ts'
import type { AppDependencies } from './dependencies.ts'
import { createEventStreams } from './event-streams.ts'
import { createHealthCache, isDatabaseReady } from './health.ts'
import { inboundWebhooks } from './inbound/routes.ts'
import { createJourneyFeed } from './journey-feed.ts'
import { createJourneyReaders } from './journey-states.ts'
import { createLiveCounts } from './live-counts.ts'
import { createLiveFeed } from './live-feed.ts'
import { jsonBody } from './middleware/json-body.ts'
import { problemDetails, routeNotFound } from './middleware/problem-details.ts'
import { contextOf, requestContext } from './middleware/request-context.ts'
import { crossSitePath, requireSameSite } from './middleware/same-site.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { hookRoutes } from './public/hooks.ts'
import { publicPages } from './public/routes.ts'
import { ingestRoutes } from './routes/ingest.ts'
import { accessRoutes } from './routes/access.ts'
import { auditRoutes } from './routes/audit.ts'
import { complianceRoutes } from './routes/compliance.ts'
import { companyRoutes } from './routes/company.ts'
import { contactPolicyRoutes } from './routes/contact-policy.ts'
import { draftRoutes } from './routes/drafts.ts'
import { deliveryRoutes, mailPreviewPath } from './routes/deliveries.ts'
import { enrollmentRoutes } from './routes/enrollments.ts'
import { eventRoutes } from './routes/events.ts'
import { formRoutes } from './routes/forms.ts'
import { healthRoutes } from './routes/health.ts'
import { inboundRoutes } from './routes/inbound.ts'
import { journeyFileRoutes } from './routes/journey-files.ts'
import { journeyActivityRoutes } from './routes/journey-activity.ts'
import { journeyPeopleRoutes } from './routes/journey-people.ts'
import { liveCounts, statisticsRoutes } from './routes/journey-statistics.ts'
import { journeyRoutes } from './routes/journeys.ts'
import { keyRoutes } from './routes/keys.ts'
import { leadRoutes } from './routes/leads.ts'
import { libraryRoutes } from './routes/library.ts'
import { mailPreview } from './routes/mail-preview.ts'
import { noteRoutes } from './routes/notes.ts'
import { messageRoutes } from './routes/messages.ts'
import { pageRoutes } from './routes/page.ts'
import { peopleRoutes } from './routes/people.ts'
import { journeyStream, presenceRoutes } from './routes/presence.ts'
import { printAddresses, printAddressesPath, printPdf, printPdfPath, printRoutes } from './routes/print.ts'
import { publishingRoutes } from './routes/publishing.ts'
import { reference, referencePath } from './routes/reference.ts'
import { rehearsalRoutes } from './routes/rehearsals.ts'
import { ruleRoutes } from './routes/rules.ts'
import { segmentRoutes } from './routes/segments.ts'
import { sendingRoutes } from './routes/sending.ts'
import { statusRoutes } from './routes/status.ts'
import { stepRoutes } from './routes/steps.ts'
import { stream } from './routes/stream.ts'
import { responsesCsv, surveyRoutes } from './routes/surveys.ts'
import { taskRoutes } from './routes/tasks.ts'
import { testRunRoutes } from './routes/test-runs.ts'
import { timelineRoutes } from './routes/timeline.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { allowOrigins } from './ingest/cross-site.ts'
import { maxBatchBytes } from './contract/ingest.ts'
import { createRouter, toExpressPath, type Implementation } from './routing.ts'
import { createVersionCache } from './version-cache.ts'

/**
 * Builds the application. It holds no connection of its own: what it is given, the caller closes.
 *
 * @throws when a route of the contract has no handler, or one has two: a fault that must not start.
 */
export function createApp(deps: AppDependencies): Express {
  const { database, temporal, registry, logger, now = Date.now } = deps
  const { db } = database
  const { poker, queuePrefix } = temporal
  const schedules = createEntrySchedules(temporal.client, { db, queuePrefix })
  const libraries = createLibraryCache()
  const library = async () => libraries.get(db, await libraryRevision(db))
  const versions = createVersionCache(db, registry)
  const health = createHealthCache(
    database,
    temporal,
    { hasMail: deps.realChannels?.includes('email') ?? false, inboxName: deps.inboxName ?? null },
    now,
  )
  deps.onHealth?.(health)
  const stepsRevision = () => deps.customActivities?.revision() ?? ''
  const feed = createLiveFeed({ db, versions, library, logger, now, stepsRevision, stopping: deps.stopping })
  const countsFeed = createLiveCounts({ db, logger, now, stopping: deps.stopping })

  const journeyFeed = createJourneyFeed(createJourneyReaders(db), { logger, stopping: deps.stopping })
  const streams = createEventStreams(deps.streamLimits)

  const limits = createRateLimits(deps.rateLimits ?? defaultRateLimits)
  const { boundTo, publicUrl } = deps
  const access = createAccess({ db, limits, boundTo, publicUrl, now })
  const idempotency = createIdempotency(db, database.sql.options.max)

  const ingestSettings = keepFor(5000, () => readIngestSettings(db))

  const implementations = [
    ...healthRoutes({ health, isReady: () => isDatabaseReady(database) }),
    ...statusRoutes({ db, health, now }),
    ...accessRoutes({ db, limits, publicUrl: publicUrl ?? '', now }),
    ...keyRoutes({ db }),
    ...auditRoutes({ db }),
    ...ingestRoutes({ db, poker, library, settings: ingestSettings, now }),
    ...eventRoutes({ db, poker, library }),
    ...leadRoutes({ db, poker, library }),
    ...complianceRoutes({ db, poker, library, client: temporal.client, now }),
    ...timelineRoutes({ db, versions, library, now }),
    ...journeyRoutes({ db, registry, now }),
    ...journeyFileRoutes({ db, registry, now }),
    ...libraryRoutes({ db, library }),
    ...statisticsRoutes({ db, now }),
    ...enrollmentRoutes({ db, poker, versions, now }),
    ...journeyActivityRoutes({ db, versions }),
    ...journeyPeopleRoutes({ db, poker, versions, now }),
    ...testRunRoutes({ db, poker, library, client: temporal.client, queuePrefix: temporal.queuePrefix }),
    ...deliveryRoutes({ db, versions, library }),
    ...inboundRoutes({ db }),
    ...printRoutes({ db, poker, library }),
    ...taskRoutes({ db, poker, versions, library, now }),
    ...peopleRoutes({ db, now }),
    ...noteRoutes({ db, poker, library }),
    ...sendingRoutes({ db, realChannels: deps.realChannels ?? [], hasSender: deps.hasSender ?? false, publicUrl }),
    ...contactPolicyRoutes({ db }),
    ...companyRoutes({
      db,
      dns: deps.dns ?? systemDns(),
      mail: deps.mailSetup ?? { dkim: null, mailHost: null },
      hasSender: deps.hasSender ?? false,
    }),
    ...messageRoutes({ db, registry, links: deps.links, email: deps.email ?? null }),
    ...segmentRoutes({ db, poker, library, registry, now }),
    ...ruleRoutes({ db, library, now }),
    ...surveyRoutes({ db, library, registry }),
    ...formRoutes({ db, poker, library, registry, links: deps.links }),
    ...draftRoutes({ db, registry, poker, schedules }),
    ...presenceRoutes({ db }),
    ...publishingRoutes({ db, registry, now, schedules }),
    ...rehearsalRoutes({ db, registry, library, now }),
    ...stepRoutes({ registry, custom: deps.customActivities }),
    ...webhookRoutes({ db, publicUrl: publicUrl ?? '' }),
  ]
  requireWhole(implementations)

  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', 'simple')
  app.set('trust proxy', deps.trustedProxies ?? 0)
  // First of all an id, so that even a refusal can be found in the log; then who may ask; then what is asked.
  app.use(requestContext(logger, deps.observeRequest))
  if (deps.traceRequests !== undefined) app.use(deps.traceRequests)
  app.use(securityHeaders)
  // Leads, and their mail providers' servers, come from anywhere; their token is what lets them in.
  app.use(hookRoutes({ db, poker, library, now }))
  app.use(publicPages({ db, poker, library, links: deps.links, filesFolder: deps.filesFolder ?? null, now }))
  app.use('/api/v1/inbound', inboundWebhooks({ db, poker, library, secret: deps.inboundSecret, now }))
  app.use(requireSameSite({ boundTo, publicUrl }))
  app.use('/api', ...jsonBody())
  app.use(
    crossSitePath,
    allowOrigins(async () => (await ingestSettings()).origins),
  )
  app.use(crossSitePath, ...jsonBody({ limit: maxBatchBytes, type: ['json', 'text/plain'] }))
  app.use(createRouter(implementations, { access, idempotency, checkReplies: deps.checkReplies === true }))
  app.get('/api/v1/openapi.json', openApi(deps.version))
  app.get(referencePath, reference(deps.version))
  app.use('/api', access.requireSomebody)
  app.get(streamPath, access.require('status:read', 'deliveries:read'), stream(feed, streams))
  app.get(toExpressPath(journeyStreamRoute), access.require('journeys:read'), journeyStream(db, journeyFeed, streams))
  app.get(
    toExpressPath(journeyLiveRoute),
    access.require('journeys:read'),
    liveCounts(db, countsFeed, journeyFeed, streams, now),
  )
  app.get(printPdfPath, access.require('print:read'), printPdf(db))
  app.get(printAddressesPath, access.require('print:read'), printAddresses(db))
  app.get(`${mailPreviewPath}:id`, access.require('deliveries:read'), mailPreview(db))
  app.get(responsesCsvPath, access.require('surveys:read'), responsesCsv({ db, library }))
  if (deps.pageFolder !== null) app.use(pageRoutes(deps.pageFolder))
  app.use(routeNotFound)
  app.use(problemDetails)
  return app
}

/** The answer of `read`, read again when it is older than that. */
function keepFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { at: number; value: Promise<T> } | null = null
  return () => {
    if (kept === null || performance.now() - kept.at > ms) {
      const value = read()
      kept = { at: performance.now(), value }
      // A failure is not an answer to keep.
      value.catch(() => (kept = null))
    }
    return kept.value
  }
}

function requireWhole(implementations: readonly Implementation[]): void {
  const wanted = new Set<Route>(Object.values(routes))
  for (const { route } of implementations) {
    if (!wanted.delete(route))
      throw new Error(`The route "${route.name}" is answered twice, or is not in the contract.`)
  }
  if (wanted.size > 0) throw new Error(`Nothing answers ${[...wanted].map(({ name }) => `"${name}"`).join(', ')}.`)
}

/** The document is made when first asked for. */
function openApi(version: string): express.RequestHandler {
  let document: string | null = null
  return (_request, response) => {
    contextOf(response).route = '/api/v1/openapi.json'
    document ??= JSON.stringify(buildOpenApi(Object.values(routes), version))
    response.type('application/json').send(document)
  }
}
