/*! trellis.js (MIT): page views, events and forms for your website; nothing is kept or told before consent. */
;(() => {
  const script = document.currentScript
  const base = script.src.replace(/\/trellis\.js.*/, '')
  const writeKey = script.dataset.key
  const idKey = 'trellis_id'
  const refuses = navigator.globalPrivacyControl || navigator.doNotTrack === '1'
  const early = window.trellis?.q ?? []
  /** The visitor's id once there is consent; kept in this browser only. */
  let id = null
  let userId
  let waiting = []
  let timer

  const stored = (change) => {
    try {
      return change(localStorage)
    } catch {
      return null
    }
  }

  const add = (message) => {
    if (refuses || !writeKey || waiting.length > 99) return
    waiting.push({ ...message, userId, messageId: crypto.randomUUID(), timestamp: new Date() })
    if (id) timer ??= setTimeout(flush, 500)
  }

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (!id || !waiting.length) return
    const batch = waiting.splice(0, 25).map((message) => ({ ...message, anonymousId: id }))
    const body = JSON.stringify({ writeKey, batch, sentAt: new Date() })
    const url = base + '/v1/batch'
    // Text, so that no preflight is needed and the browser sends it even while the page is closing.
    if (!navigator.sendBeacon(url, body)) {
      fetch(url, { method: 'POST', body, keepalive: true, credentials: 'omit' }).catch(() => {})
    }
    if (waiting.length) flush()
  }

  const plain = (url) => url.split(/[?#]/)[0]

  const campaign = () => {
    const found = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith('utm_'))
    return Object.fromEntries(found.map(([name, value]) => [name.slice(4).replace('campaign', 'name'), value]))
  }

  const commands = {
    consent(isGiven) {
      if (refuses) return
      if (isGiven) {
        id ??= stored((store) => store.getItem(idKey)) ?? crypto.randomUUID()
        stored((store) => store.setItem(idKey, id))
        flush()
      } else {
        id = null
        waiting = []
        stored((store) => store.removeItem(idKey))
      }
    },

    page(name, properties) {
      const { pathname: path, href } = location
      const page = { path, url: plain(href), title: document.title, referrer: plain(document.referrer) }
      add({ type: 'page', name, properties: { ...page, ...properties }, context: { campaign: campaign() } })
    },

    track(event, properties) {
      add({ type: 'track', event, properties })
    },

    identify(user, traits) {
      if (typeof user === 'object') traits = user
      else userId = user
      add({ type: 'identify', traits })
    },

    async form(key, place) {
      const url = `${base}/f/${key}/embed`
      const tell = (html) => {
        place.querySelector('[data-trellis-note]')?.remove()
        place.insertAdjacentHTML('beforeend', `<p role="alert" data-trellis-note>${html}</p>`)
      }
      const ask = async (address, options) => {
        try {
          const answer = await fetch(address, { credentials: 'omit', ...options })
          if (!answer.ok && answer.status !== 422) throw answer
          place.innerHTML = await answer.text()
          const go = place.querySelector('[data-go]')
          if (go) location.assign(go.dataset.go)
          return true
        } catch {
          tell(`That did not work. Please try again in a minute, or <a href="${base}/f/${key}">open the form here</a>.`)
        }
      }
      place.addEventListener('submit', async (event) => {
        event.preventDefault()
        const body = new URLSearchParams(new FormData(event.target))
        body.set('aid', id ?? '')
        body.set('page', plain(location.href))
        if (await ask(url, { method: 'POST', body })) {
          place.tabIndex = -1
          place.focus()
        }
      })
      await ask(id ? `${url}?aid=${id}` : url)
    },
  }

  const trellis = (command, ...rest) => commands[command]?.(...rest)
  window.trellis = trellis
  // Whoever agreed on an earlier page is known again.
  if (stored((store) => store.getItem(idKey))) trellis('consent', true)
  trellis('page')
  for (const call of early) trellis(...call)
  addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && flush())
  addEventListener('pagehide', flush)

  const { form } = script.dataset
  if (form) {
    const place = document.createElement('div')
    script.after(place)
    trellis('form', form, place)
  }
  const fill = () =>
    document
      .querySelectorAll('[data-trellis-form]')
      .forEach((place) => trellis('form', place.dataset.trellisForm, place))
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', fill)
  else fill()
})()
