import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { configVariables } from '#server/config.ts'

type Service = {
  image?: string
  build?: string
  restart?: string
  entrypoint?: string[]
  command?: string[]
  depends_on?: Record<string, { condition: string }>
  environment?: Record<string, string>
  healthcheck?: { test: string[] }
  ports?: string[]
  profiles?: string[]
  volumes?: string[]
  configs?: { source: string; target: string }[]
  deploy?: { replicas: string }
}
type Compose = {
  name: string
  services: Record<string, Service>
  volumes: Record<string, unknown>
  configs: Record<string, { content: string }>
}

const source = readFileSync('docker-compose.yml', 'utf8')
const compose = parse(source, { merge: true }) as Compose
const services = Object.entries(compose.services)

function canMeet(service: Service | undefined, condition: string): boolean {
  if (condition === 'service_healthy') return (service?.healthcheck?.test.length ?? 0) > 1
  // A one-shot that restarted for ever would never complete.
  return condition === 'service_completed_successfully' && service?.restart?.startsWith('on-failure') === true
}

describe('docker-compose.yml', () => {
  test('has the services of the production shape', () => {
    expect(Object.keys(compose.services)).toEqual([
      'postgres',
      'temporal-postgres',
      'temporal-schema',
      'temporal',
      'temporal-namespace',
      'temporal-ui',
      'migrate',
      'api',
      'worker',
      'mailpit',
    ])
  })

  test.each(services)(
    '%s has an image with a fixed version, and none that is deprecated',
    (_name, { image, build }) => {
      expect(image).toMatch(build === '.' ? /^trellis:local$/ : /^[a-z/-]+:v?\d+(\.\d+)*$/)
      expect(image).not.toMatch(/auto-setup|tctl|:latest/)
    },
  )

  test.each(services)('%s depends only on services that exist and can meet the condition', (_name, service) => {
    const dependencies = Object.entries(service.depends_on ?? {})
    const unmet = dependencies.filter(([other, { condition }]) => !canMeet(compose.services[other], condition))
    expect(unmet).toEqual([])
  })

  test('has no circle of dependencies', () => {
    const visit = (name: string, path: readonly string[]): void => {
      expect(path).not.toContain(name)
      for (const other of Object.keys(compose.services[name]?.depends_on ?? {})) visit(other, [...path, name])
    }
    for (const [name] of services) visit(name, [])
  })

  test.each(services)('%s uses declared volumes and configs only', (_name, service) => {
    for (const volume of service.volumes ?? []) expect(compose.volumes).toHaveProperty([volume.split(':')[0] ?? ''])
    for (const config of service.configs ?? []) expect(compose.configs).toHaveProperty([config.source])
  })

  test('keeps the data of both databases in named volumes where the image of Postgres 18 wants them', () => {
    for (const name of ['postgres', 'temporal-postgres']) {
      expect(compose.services[name]?.volumes).toEqual([`${name}-data:/var/lib/postgresql`])
    }
  })

  test('publishes nothing to the network unless HOST says so', () => {
    for (const [, { ports = [] }] of services) {
      for (const port of ports) expect(port).toMatch(/^(127\.0\.0\.1|\$\{HOST:-127\.0\.0\.1\}):/)
    }
  })

  test('hands every setting on, but for those of the embedded servers', () => {
    const embedded = new Set(['TEMPORAL_CLI_PATH', 'POSTGRES_PORT', 'TEMPORAL_PORT'])
    const wanted = configVariables.map(({ name }) => name as string).filter((name) => !embedded.has(name))
    for (const name of ['api', 'worker']) {
      const given = Object.keys(compose.services[name]?.environment ?? {})
      expect(wanted.filter((one) => !given.includes(one))).toEqual([])
    }
  })

  test('starts the mail catcher in the dev profile only', () => {
    expect(services.filter(([, { profiles }]) => profiles !== undefined).map(([name]) => name)).toEqual(['mailpit'])
  })

  test('scales the worker', () => {
    expect(compose.services['worker']?.deploy?.replicas).toBe('${TRELLIS_WORKERS:-2}')
  })

  test('gives Temporal the matcher that knows priorities', () => {
    const config = compose.configs['temporal-dynamic-config']
    expect(parse(config?.content ?? '')).toEqual({ 'matching.useNewMatcher': [{ value: true }] })
    const mounted = compose.services['temporal']?.configs?.[0]?.target
    expect(compose.services['temporal']?.environment?.['DYNAMIC_CONFIG_FILE_PATH']).toBe(mounted)
  })

  test('runs only scripts that exist, or will, in the image', () => {
    const scripts = services.flatMap(([, { command }]) => (command?.[0] === 'node' ? [command[1]] : []))
    expect(scripts).toEqual(['scripts/migrate.ts', 'server/api.ts', 'server/worker.ts'])
  })
})

describe('variables of docker-compose.yml', () => {
  // `$$` is an escape for the shell of the container.
  const used = [...source.replaceAll('$$', '').matchAll(/\$\{(\w+)(:[-?][^}]*)?\}/g)]
  const documented = readFileSync('.env.example', 'utf8')

  test.each(used.map(([, name, fallback]) => ({ name, fallback })))(
    '$name is in .env.example',
    ({ name, fallback }) => {
      expect(documented).toMatch(new RegExp(`^#? ?${name}=`, 'm'))
      expect(fallback).toBeDefined()
    },
  )

  test('have no default for a secret', () => {
    const secrets = used.filter(([, name]) => /PASSWORD|SECRET$/.test(name ?? ''))
    expect(secrets.length).toBeGreaterThan(0)
    // Required, or off without one: never a value that everybody knows.
    for (const [, , fallback] of secrets) expect(fallback).toMatch(/^:\?|^:-$/)
    expect(secrets.filter(([, , fallback]) => fallback === ':-').map(([, name]) => name)).toEqual(['INBOUND_SECRET'])
    expect(source).not.toMatch(/(PASSWORD|PWD|SECRET): (?!\$\{)/)
  })
})
