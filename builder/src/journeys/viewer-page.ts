/**
 * A journey as one page to look at, for those who have no Trellis: the drawing, its steps in words, light or dark as they have
 * it. It asks nobody for anything, opens from a disk, and can be put into a frame.
 */
import {
  darkColours,
  escapeXml,
  lightColours,
  pageColours,
  renderPicture,
  type PictureColours,
} from '#engine/drawing/picture.ts'
import type { StepLooks } from '#engine/drawing/look.ts'
import { tellSteps, type ToldStep } from '#engine/drawing/tell.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { t } from '../i18n/t.ts'
import { wayWords } from './way-words.ts'
import { viewerScript, viewerScriptHash } from './viewer-script.ts'

export interface ViewedJourney extends JourneyDocument {
  name: string
  description: string
}

/** @param about whose page it is: the language of its words (BCP 47), and a line such as when it was made. */
export function viewerPage(
  journey: ViewedJourney,
  looks: StepLooks,
  { language, made }: { language: string; made: string },
): string {
  const { name, description } = journey
  const picture = renderPicture(journey, looks, { detail: 'full', colours: pageColours, title: name })
  const steps = tellSteps(journey, looks)
  // Nothing of it may load anything or run anything but the script below, whatever people called their steps.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${viewerScriptHash}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="${escapeXml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeXml(name)}</title>
<style>${styles}</style>
</head>
<body>
<header>
<h1>${escapeXml(name)}</h1>
${description === '' ? '' : `<p>${escapeXml(description)}</p>`}
<p class="made">${escapeXml(made)}</p>
</header>
<main>
<section aria-label="${escapeXml(t('Drawing'))}">
<div id="frame" tabindex="0" role="group" aria-label="${escapeXml(t('Drawing of {{name}}; it can be scrolled', { name }))}">${picture}</div>
<div id="tools" hidden>
<button type="button" data-act="out" aria-label="${escapeXml(t('Zoom out'))}">−</button>
<button type="button" data-act="full" id="zoom" title="${escapeXml(t('Show at full size'))}">100 %</button>
<button type="button" data-act="in" aria-label="${escapeXml(t('Zoom in'))}">+</button>
<button type="button" data-act="all">${escapeXml(t('Show all'))}</button>
</div>
</section>
<section>
<h2>${escapeXml(t('{{count}} steps', { count: steps.length }))}</h2>
<ol>
${steps.map(stepItem).join('\n')}
</ol>
</section>
</main>
<script>${viewerScript}</script>
</body>
</html>
`
}

function stepItem({ title, summary, category, isOff, ways }: ToldStep): string {
  const off = isOff ? ` (${t('switched off: leads pass through')})` : ''
  const more = [...(summary === '' || summary === title ? [] : [summary]), ...ways.map(wayWords)]
  const lines = more.map((line) => `<br><small>${escapeXml(line)}</small>`).join('')
  return `<li class="${category}"><b>${escapeXml(title)}</b>${escapeXml(off)}${lines}</li>`
}

/** The page's tokens with these colours. */
function tokens(colours: PictureColours): string {
  return Object.entries(pageColours)
    .map(([kind, token]) => `${token.slice('var('.length, -1)}:${colours[kind as keyof PictureColours]}`)
    .join(';')
}

const styles = `
:root{color-scheme:light dark;${tokens(lightColours)}}
@media (prefers-color-scheme:dark){:root{${tokens(darkColours)}}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1400px;padding:20px;background:var(--surface);color:var(--ink);font:15px/1.5 Inter,system-ui,sans-serif}
h1{margin:0;font-size:22px;line-height:1.3}
h2{font-size:17px}
header p{max-width:76ch;margin:6px 0 0;white-space:pre-line}
header .made,small{color:var(--muted);font-size:13px}
section{position:relative;margin-top:18px}
#frame{max-height:72vh;overflow:auto;border:1px solid var(--hairline);border-radius:10px;background:var(--canvas);cursor:grab}
#frame:active{cursor:grabbing}
#frame>svg{display:block;margin:0 auto;user-select:none;-webkit-user-select:none}
#tools{position:absolute;right:12px;bottom:12px;display:flex;gap:4px}
#tools[hidden]{display:none}
button{min-width:34px;min-height:32px;padding:0 10px;border:1px solid var(--edge);border-radius:8px;background:var(--surface);color:var(--ink);font:inherit;font-size:13px;font-weight:600;line-height:1;cursor:pointer}
:focus-visible{outline:2px solid var(--message);outline-offset:2px}
ol{max-width:90ch;padding-left:2.4em;overflow-wrap:anywhere}
li{margin:0 0 8px;padding-left:6px}
li::marker{color:var(--muted);font-variant-numeric:tabular-nums}
@media (max-width:600px){body{padding:14px}#frame{max-height:60vh}}
@media print{#frame{max-height:none;overflow:visible;border:0}#frame>svg{max-width:100%;height:auto}#tools{display:none}}
`
