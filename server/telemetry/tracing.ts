/**
 * OpenTelemetry traces through API → workflow → activity, sent by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set; otherwise
 * nothing of it is loaded into requests, workflows or activities. Spans carry route templates, workflow and activity names
 * and ids: never addresses, bodies or texts.
 */
import { createRequire } from 'node:module'
import { SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { Resource } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node'
import type { WorkflowClientInterceptor } from '@temporalio/client'
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client/index.js'
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker/index.js'
import type { WorkerOptions } from '@temporalio/worker'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { contextOf } from '../middleware/request-context.ts'

export interface Tracing {
  /** The module that the workflow bundle must contain for its spans to be made. */
  workflowModule: string
  /** Puts the present span into the headers of signals, so that the workflow's spans belong to the request's trace. */
  clientInterceptors: WorkflowClientInterceptor[]
  /** Spans for activities, and the way out for those made inside the workflow sandbox. */
  workerOptions: Pick<WorkerOptions, 'interceptors' | 'sinks'>
  /** A span per request; goes in front of the routes. */
  requests: RequestHandler
  /** Sends what is still to be sent. */
  stop(): Promise<void>
}

/**
 * Starts tracing for this process. `endpoint` is the collector's base address, e.g. `http://localhost:4318`; `processor`
 * replaces the export, for tests.
 */
export function startTracing(options: {
  service: string
  version: string
  endpoint: string
  processor?: SpanProcessor
}): Tracing {
  const resource = new Resource({ 'service.name': options.service, 'service.version': options.version })
  const processor =
    options.processor ??
    new BatchSpanProcessor(new OTLPTraceExporter({ url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces` }))
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] })
  provider.register()
  const tracer = trace.getTracer('trellis')
  return {
    workflowModule: createRequire(import.meta.url).resolve(
      '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors',
    ),
    clientInterceptors: [new OpenTelemetryWorkflowClientInterceptor()],
    workerOptions: {
      interceptors: {
        activity: [(context) => ({ inbound: new OpenTelemetryActivityInboundInterceptor(context) })],
      },
      sinks: { exporter: makeWorkflowExporter(processor, resource) },
    },
    requests: traceRequests(tracer),
    stop: () => provider.shutdown(),
  }
}

function traceRequests(tracer: Tracer): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    tracer.startActiveSpan(request.method, { kind: SpanKind.SERVER }, (span) => {
      response.once('close', () => {
        const { route = 'none', requestId } = contextOf(response)
        span.updateName(`${request.method} ${route}`)
        span.setAttributes({
          'http.request.method': request.method,
          'http.route': route,
          'http.response.status_code': response.statusCode,
          'trellis.request_id': requestId,
        })
        if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      })
      next()
    })
  }
}
