// Who may import whom. The table is the architecture; docs/architecture.md explains it.
const may = {
  engine: [],
  db: ['engine'],
  activities: ['engine', 'db'],
  workflows: ['engine', 'activities/contract'],
  server: ['engine', 'db', 'activities', 'workflows'],
  builder: ['engine', 'server/contract'],
}
const folders = `^(${Object.keys(may).join('|')}|tests)/`
const error = (name, from, to) => ({ name, severity: 'error', from, to })

export default {
  forbidden: [
    ...Object.entries(may).map(([folder, allowed]) =>
      error(
        `layers/${folder}`,
        { path: `^${folder}/` },
        { path: folders, pathNot: [folder, ...allowed].map((name) => `^${name}[/.]`) },
      ),
    ),
    error('no-cycles', {}, { circular: true }),
    error('engine-is-pure', { path: '^engine/' }, { pathNot: ['^engine/', 'node_modules/zod/'] }),
    error(
      'contract-is-pure',
      { path: '^server/contract/' },
      { pathNot: ['^server/contract/', '^engine/', 'node_modules/zod/'] },
    ),
    // Replayed code is workflows/ only: nothing that changes with a rule or a graph may reach it (DESIGN: ADR 0002).
    error(
      'sandbox/no-interpreter',
      { path: '^workflows/' },
      { path: '^engine/(interpreter|conditions|schedule|compiler|steps|graph|gate)/' },
    ),
    error('sandbox/no-node', { path: '^workflows/' }, { dependencyTypes: ['core'] }),
    error(
      'sandbox/no-npm',
      { path: '^workflows/' },
      { reachable: true, path: 'node_modules/', pathNot: 'node_modules/@temporalio/(workflow|common)/' },
    ),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js'],
    },
  },
}
