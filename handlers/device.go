package handlers

import (
	"net/http"

	"github.com/a-h/templ"

	"latchkey/views"
)

// POST /profile/device
//
// The form is always there, with the name that the device has: sent unchanged,
// it simply succeeds.
func (a *app) device(w http.ResponseWriter, r *http.Request) error {
	if err := a.auth.NameDevice(r.Context(), r.PostFormValue("device")); err != nil {
		return err
	}
	return a.sessionsChanged(w, r, http.StatusOK, deviceRenamed)
}

func deviceForm(r *http.Request) templ.Component {
	return views.DeviceForm(views.Device{Form: echoForm(r, "device"), Name: r.PostFormValue("device")})
}
