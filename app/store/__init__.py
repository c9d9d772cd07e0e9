"""Durable things: study folder, protocol file, sealed key, responses, tables."""
