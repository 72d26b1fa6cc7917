package handlers

import "github.com/go-chi/chi/v5"

// Routes lets a test walk every route.
func (a *App) Routes() chi.Routes { return a.mux.(chi.Routes) }
