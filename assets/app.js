// The session as this tab shows it: kept in sync with the server, with a warning
// before it expires, and a sign-in in place. Without htmx its events never come,
// the forms are plain ones, and the page is reloaded to change it. The server puts the
// texts into the global name words (htmx.go).
import * as page from './page.js'
import * as drafts from './drafts.js'
import { main, dialog } from './page.js'

(() => {
  const urls = () => page.root().dataset // the only URLs that the script knows
  if (!dialog()) return // App.Body is missing

  // --- Responses and swaps ---

  // The dialog gets the whole response, and the page keeps its URL, whatever attributes the
  // app's elements have.
  const forDialog = ctx => Object.assign(ctx, { select: undefined, selectOOB: undefined, push: 'false', replace: 'false' })

  // A page of an app has no hidden field for each request, and no place for our parts.
  const isAction = ({ method, action }) => method !== 'GET' && new URL(action, location).origin === location.origin
  document.addEventListener('htmx:config:request', event => {
    if (page.own) return
    const { ctx } = event.detail
    const { request } = ctx
    if (page.root().contains(ctx.sourceElement)) forDialog(ctx)
    request.headers['Latchkey-Page'] = 'app'
    if (isAction(request) && current().formToken) request.headers['Form-Token'] = current().formToken
  })

  // A plain form of an app gets the hidden field when it is sent. Its button may have
  // another method and URL.
  const submitters = new WeakMap() // of forms
  document.addEventListener('submit', ({ target, submitter }) => submitters.set(target, submitter), true)
  document.addEventListener('formdata', ({ target, formData }) => {
    const { formToken } = current()
    const submitter = submitters.get(target)
    submitters.delete(target)
    if (page.own || !formToken || formData.has('form_token')) return
    const method = submitter?.hasAttribute('formmethod') ? submitter.formMethod : page.property(target, 'method')
    const action = submitter?.hasAttribute('formaction') ? submitter.formAction : page.property(target, 'action')
    if (isAction({ method: method.toUpperCase(), action })) formData.set('form_token', formToken)
  })

  let rejected // the request that the dialog is about
  document.addEventListener('htmx:before:response', event => {
    const { ctx } = event.detail
    if (page.own && !page.isOurs(ctx.response)) {
      event.preventDefault()
      page.warn(words.unreachable)
    } else if (ctx.response.status === 409 && (page.own || ctx.hx.retarget === '#dialog-part')) { // not an app's own
      event.preventDefault()
      replacePage(words.another_now)
    } else if (ctx.hx.retarget === '#dialog-part') {
      rejected = { ...ctx } // a copy: htmx is about to make the dialog its target
      forDialog(ctx)
    }
  })

  document.addEventListener('htmx:finally:request', event => {
    const { request, response, hx, sourceElement } = event.detail.ctx
    if (signingOut && isSignOut(request.action) && !hx?.redirect) { // it failed
      signingOut = false
      openStream()
    }
    if ('keepAlive' in sourceElement.dataset && response?.status === 204) {
      dialog().close()
      channel.postMessage('') // once is enough for all tabs
      sync()
    }
    queueMicrotask(() => page.restoreFocus(request.submitter)) // htmx enables it right after this event
  })

  // New content brings its page title and perhaps a notice, and its heading takes
  // the focus unless the person has moved it elsewhere. All of this happens before
  // the first paint, so that nothing moves afterwards.
  document.addEventListener('htmx:before:settle', event => {
    const part = event.detail.newContent.find(node => node.nodeType === Node.ELEMENT_NODE)
    if (!part || !dialog()) return
    if (dialog().contains(part)) {
      page.localize(part)
      page.autoContinue()
      if (part.dataset.resend) pending = rejected
      if (part.dataset.resend === 'confirm') confirmed = false
      if (!dialog().open) dialog().showModal() // in Firefox this focuses a button
      return part.querySelector('h1, h2').focus()
    }
    if (!page.own) return shown === page.root() || onNewContent() // htmx has replaced the body
    page.localize(part)
    if (part.dataset.title) document.title = part.dataset.title
    if (part.matches('.part')) onNewContent() // before the notice: it closes the dialog, which may hold the old one
    const notice = part.querySelector('.notice')
    if (notice) page.showNotice(notice)
    else if (part.querySelector('[data-error]')) page.announceError(part)
    if (document.activeElement === document.body) part.querySelector('h1, h2')?.focus()
  })

  // --- Who is signed in ---

  // current is the data of the part in the main region. Its user is the person for
  // whom it was rendered: empty when signed out, missing where that makes no difference.
  // A page of an app is one such part.
  const current = () => (page.own ? main().querySelector('.part') : page.root())?.dataset ?? {}

  // fetchSession returns the user, and how long the session lasts in ms, according
  // to the server; undefined without a usable response.
  const fetchSession = async () => {
    try {
      const response = await fetch(urls().sessionUrl, { headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(15_000) })
      if (!response.ok || !page.isOurs(response)) return
      const session = await response.json()
      return session
        ? { user: `${session.provider} ${session.user.sub}`, expiresIn: Date.parse(session.expires) - Date.parse(response.headers.get('Date')) }
        : { user: '' }
    } catch { /* no response, so nothing changes */ }
  }

  // A visible tab listens for the end of its session. A hidden one does not, since
  // browsers open at most six connections to a host; it syncs when it is shown.
  let stream, retry
  const closeStream = () => {
    clearTimeout(retry)
    stream?.close()
    stream = undefined
  }
  const openStream = () => {
    if (stream || document.hidden || !current().events) return
    stream = new EventSource(current().events)
    stream.addEventListener('ended', sync)
    // The tab that signed in may not have the new cookie yet; it posts a message
    // on the channel once it does.
    stream.addEventListener('replaced', () => setTimeout(sync, 1000))
    stream.addEventListener('error', () => {
      if (stream?.readyState !== EventSource.CLOSED) return // the browser reconnects by itself
      closeStream()
      retry = setTimeout(sync, 1000 + Math.random() * 9000)
    })
  }

  // sync updates the page to the person who is signed in, one call after another.
  let syncing = Promise.resolve()
  const sync = () => { syncing = syncing.then(syncNow, syncNow) }

  const syncNow = async () => {
    if (document.hidden || signingOut || current().user === undefined) return
    const { user, expiresIn } = await fetchSession() ?? {}
    if (signingOut) return
    if (pending) return user && confirmed && resend(user, expiresIn)
    if (user === undefined || user === current().user) {
      openStream()
      return scheduleWarning(expiresIn)
    }
    drafts.save(current().user)
    const signedOut = user ? undefined : words.signed_out + (drafts.any() ? ' ' + words.drafts_kept : '')
    await refresh(signedOut)
    if (current().user !== undefined && current().user !== user) retry = setTimeout(sync, 3000) // the refresh failed
    else if (signedOut && !page.hasNotice()) page.notify(signedOut)
  }

  // The style sheet of the public page has nothing for a person.
  const isPublic = page.own && current().user === ''

  // refresh shows the page as it is now, with a notice if the page is loaded again.
  const refresh = text => {
    closeStream()
    if (isPublic || !page.own) { // not a reload, which would send a form again
      drafts.keep(current().user)
      if (text) page.notifyLater(text)
      location.replace(page.here())
      return new Promise(() => {}) // nothing after this runs
    }
    drafts.save(current().user)
    if (!window.htmx) return location.reload()
    return htmx.ajax('GET', page.here(), { target: main(), swap: 'innerHTML', transition: false })
  }

  // replacePage shows the page for the person who is signed in now.
  const replacePage = async text => {
    await refresh(text)
    page.warn(text)
  }

  // --- Sign-in in place ---

  // pending is a request that the server rejected before doing anything, because the
  // session had ended. It is sent again once the same person has signed in. A request
  // whose response was lost may have been processed, and is never kept.
  let pending
  let confirmed = true // whether the person has signed in since a confirmation was asked for

  const resend = (user, expiresIn) => {
    const { sourceElement, request, target, swap } = pending
    pending = undefined
    dialog().close()
    if (user !== current().user) return replacePage(words.another_signed_in)
    openStream()
    scheduleWarning(expiresIn)
    if ('keepAlive' in sourceElement.dataset) return // signing in has done that
    if (!sourceElement.isConnected) return replacePage(words.press_again)
    sourceElement.addEventListener('htmx:config:request', event => {
      if (request.body) event.detail.ctx.request.body = request.body
    }, { once: true })
    htmx.ajax(request.method, request.action, { source: sourceElement, event: { submitter: request.submitter }, target, swap })
  }

  // Closing the dialog drops the request, and keeps the page. It also dismisses a
  // warning for this expiry.
  document.addEventListener('close', event => { // it does not bubble
    if (event.target !== dialog()) return
    page.restoreFocus(pending?.request.submitter)
    pending = undefined
    confirmed = true
    dismissed = warned
  }, true)

  // A page with drafts must not be left: the sign-in opens in a popup, which ends on
  // a page of ours that closes it. Where popups are blocked the page is left, and
  // the drafts go through session storage.
  document.addEventListener('submit', event => {
    const form = event.target
    if (!form.matches('.provider') || !(page.own || page.root().contains(form)) || !(dialog()?.open || drafts.any())) return
    const opened = open('', 'latchkey', 'popup,width=480,height=720')
    const popup = opened?.closed === false
    if (popup) setTimeout(() => { opened.opener = null }) // the provider's page must not reach this one, but WebKit finds the window for the form by it
    form.target = popup ? 'latchkey' : ''
    form.elements.callbackUrl.value = popup ? urls().signedInUrl : returnURL()
    if (popup) event.stopPropagation() // htmx would send this page to the provider
  }, true)

  const returnURL = () => {
    const { form, submitter } = pending?.request ?? {}
    pending = undefined // the browser may keep this page, and show it again
    return `${location.pathname}${location.search}#${drafts.store(current().user, main().contains(form) && form, submitter)}`
  }

  const restore = () => {
    const { resubmit, otherUser } = drafts.load(current().user)
    drafts.restore(current().user)
    if (otherUser) page.warn(words.another_signed_in)
    if (resubmit) setTimeout(() => { // after htmx has started
      if (!drafts.submit(resubmit)) page.warn(words.form_is_missing)
    })
  }

  // --- A warning before the session expires ---

  // Some time before the end the page asks the server whether activity in another
  // tab has moved it. Only if not does it show the warning.
  let warning, lead, warned, dismissed
  const scheduleWarning = expiresIn => {
    clearTimeout(warning)
    if (!expiresIn) return
    if (!window.htmx) return void (warning = setTimeout(sync, Math.min(expiresIn + 1000, 24 * 3600_000)))
    lead ??= Math.min(5 * 60_000, expiresIn / 4)
    if (expiresIn > lead) {
      if (dialog().querySelector('[data-warning]')) dialog().close()
      warning = setTimeout(sync, Math.min(expiresIn - lead, 24 * 3600_000))
      return
    }
    warning = setTimeout(sync, expiresIn + 1000) // by then it has ended, or moved
    warned = Date.now() + expiresIn
    if (dialog().open || warned < dismissed + 5000) return // seconds of latency do not make it another expiry
    return htmx.ajax('GET', urls().sessionUrl, { source: dialog(), target: '#dialog-part', swap: 'innerHTML', transition: false })
  }

  // A new part may be another person's, and comes with a new expiry.
  let shown // the element with our data
  const onNewContent = () => {
    shown = page.root()
    signingOut = false
    page.autoContinue()
    restore()
    closeStream()
    openStream()
    if (!pending) dialog().close()
    scheduleWarning(current().expiresIn * 1000)
  }

  // The response to a sign-out takes this tab to the provider: the event of the
  // ended session must not replace the page before that.
  let signingOut = false
  const isSignOut = action => new URL(action, location).href === new URL(urls().signOutUrl, location).href
  const startSignOut = action => {
    if (!isSignOut(action)) return
    drafts.clear()
    closeStream()
    signingOut = true
  }
  document.addEventListener('htmx:before:request', event => startSignOut(event.detail.ctx.request.action))
  document.addEventListener('submit', event => {
    if (!event.defaultPrevented) startSignOut(page.property(event.target, 'action')) // otherwise htmx sends it, or the app has stopped it
  })

  // Every page that loads may follow a sign-in or a sign-out, so the other tabs
  // then ask the server who is signed in. The message only says whether someone has
  // just signed in in a popup.
  const channel = new BroadcastChannel('latchkey')
  channel.addEventListener('message', event => {
    if (event.data === 'signed-in') confirmed = true
    sync()
  })

  document.addEventListener('visibilitychange', () => document.hidden ? closeStream() : sync())
  addEventListener('pagehide', closeStream)

  // A page from the back/forward cache may be out of date, with a disabled button.
  addEventListener('pageshow', event => {
    if (!event.persisted) return
    signingOut = false
    refresh()
  })

  if (page.own) {
    page.localize(document)
    page.focusFragment()
  }
  onNewContent()
  page.showStored()
  channel.postMessage('closeWindow' in current() ? 'signed-in' : '')
  if ('closeWindow' in current()) close()
})()
